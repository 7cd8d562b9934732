"""Who may sign in at which of the demo's councils. Nothing of it is reached from outside."""

from deploy.demo.federation import Federation, SignIn

PASSWORD = "pewter lantern gravel"

SIGN_INS = (
    (1, SignIn("pat", PASSWORD, "Pat Ashgrove", "01632 960111", "Front door", "practitioner")),
    (1, SignIn("maya", PASSWORD, "Maya Lindqvist", "01632 960112", "Front door", "team_manager")),
    (1, SignIn("asha", PASSWORD, "Asha Merrow", "01632 960113", "Records", "data_steward")),
    (3, SignIn("dana", PASSWORD, "Dana Okoro", "0117 496 0111", "Duty", "duty_officer")),
    (3, SignIn("kim", PASSWORD, "Kim Farrow", "0117 496 0113", "Duty", "team_manager")),
    (3, SignIn("sol", PASSWORD, "Sol Brannigan", "0117 496 0112", "Duty", "shielding_officer")),
)
"""Each with the place of the council among the demo's."""


def sign_in_lines(federation: Federation) -> str:
    """Return where each of them signs in, a line each."""
    lines = []
    for place, sign_in in SIGN_INS:
        plan = federation.plans[place]
        who = f"{sign_in.role.replace('_', ' ')} of {plan.name}"
        lines.append(
            f"    http://localhost:{plan.web_port}  {who:<30}  "
            f"username {sign_in.username:<5} password {sign_in.password}"
        )
    return "\n".join(lines)
