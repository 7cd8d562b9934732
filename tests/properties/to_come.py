"""What a property needs and a later order brings: tests that expect to fail name it precisely."""

from deploy.demo.federation import FederationError
from tests.properties.observed import ObservedFederation


class NotThereYetError(Exception):
    """The command is not there. Anything else that fails is a failure of the test."""


def command_to_come(federation: ObservedFederation, name: str, council: str, *rest: str) -> str:
    """Run a command of the node that is still to come, at a council; return what it printed.

    Its name and arguments are this test's guess until then.

    Raises:
        NotThereYetError: there is no such command.
        FederationError: it failed.
    """
    folder = federation.node_folder(federation.plan(council))
    try:
        return federation.command("whoelse-node", name, folder, *rest)
    except FederationError as error:
        if "No such command" in str(error):
            raise NotThereYetError(name) from None
        raise
