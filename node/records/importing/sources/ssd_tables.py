"""The tables of the Standard Safeguarding Dataset that are read, and their columns (80 §6)."""

from dataclasses import dataclass

from node.records.importing.problems import Done
from node.records.importing.sources.episodes import CARE_LEAVER
from node.records.importing.sources.table_lines import TableColumns

PERSON = TableColumns(
    "ssd_person",
    ("pers_person_id", "pers_forename", "pers_surname", "pers_dob"),
    ("pers_upn", "pers_single_unique_id", "pers_common_child_id", "pers_expected_dob"),
)
ADDRESS = TableColumns(
    "ssd_address",
    (
        "addr_person_id",
        "addr_address_start_date",
        "addr_address_end_date",
        "addr_address_postcode",
    ),
    ("addr_address_json",),
)
IDENTIFIERS = TableColumns(
    "ssd_linked_identifiers",
    ("link_person_id", "link_identifier_type", "link_identifier_value"),
    ("link_valid_to_date",),
)
INVOLVEMENTS = TableColumns(
    "ssd_involvements",
    (
        "invo_person_id",
        "invo_professional_id",
        "invo_professional_team",
        "invo_involvement_start_date",
        "invo_involvement_end_date",
    ),
    ("invo_professional_role_id", "invo_referral_id"),
)
PROFESSIONALS = TableColumns(
    "ssd_professionals",
    ("prof_professional_id", "prof_professional_name"),
    ("prof_staff_id", "prof_professional_job_title", "prof_professional_department"),
)
DEPARTMENT = TableColumns("ssd_department", ("dept_team_id", "dept_team_name"))
FAMILY = TableColumns("ssd_family", ("fami_family_id", "fami_person_id"))
MOTHER = TableColumns("ssd_mother", ("moth_person_id", "moth_childs_person_id"))


@dataclass(frozen=True, slots=True)
class EpisodeTable:
    """A table of episodes of one kind, and which of its columns says what; "" where none does."""

    kind: str
    """As our column `involvement` has it."""
    name: str
    person: str
    began: str
    ended: str = ""
    referral: str = ""
    team: str = ""
    worker: str = ""
    no_further_action: str = ""
    eligibility: str = ""
    is_required: bool = True

    @property
    def columns(self) -> TableColumns:
        required = (self.person, self.began, self.ended)
        optional = (
            *(self.referral, self.team, self.worker),
            *(self.no_further_action, self.eligibility),
        )
        return TableColumns(
            self.name,
            tuple(filter(None, required)),
            tuple(filter(None, optional)),
            Done.LEFT_OUT,
        )


EPISODES = (
    EpisodeTable(
        "early help",
        "ssd_early_help_episodes",
        "earl_person_id",
        "earl_episode_start_date",
        "earl_episode_end_date",
        worker="earl_episode_worker_id",
        is_required=False,
    ),
    EpisodeTable(
        "child in need",
        "ssd_cin_episodes",
        "cine_person_id",
        "cine_referral_date",
        "cine_close_date",
        referral="cine_referral_id",
        team="cine_referral_team",
        worker="cine_referral_worker_id",
        no_further_action="cine_referral_nfa",
    ),
    EpisodeTable(
        "section 47 enquiry",
        "ssd_s47_enquiry",
        "s47e_person_id",
        "s47e_s47_start_date",
        "s47e_s47_end_date",
        referral="s47e_referral_id",
        team="s47e_s47_completed_by_team",
        worker="s47e_s47_completed_by_worker_id",
    ),
    EpisodeTable(
        "child protection plan",
        "ssd_cp_plans",
        "cppl_person_id",
        "cppl_cp_plan_start_date",
        "cppl_cp_plan_end_date",
        referral="cppl_referral_id",
    ),
    EpisodeTable(
        "looked after",
        "ssd_cla_episodes",
        "clae_person_id",
        "clae_cla_episode_start_date",
        "clae_cla_episode_ceased_date",
        referral="clae_referral_id",
    ),
    EpisodeTable(
        CARE_LEAVER,
        "ssd_care_leavers",
        "clea_person_id",
        "clea_care_leaver_latest_contact",
        team="clea_care_leaver_allocated_team",
        worker="clea_care_leaver_worker_id",
        eligibility="clea_care_leaver_eligibility",
        is_required=False,
    ),
)
"""`began` of a care leaver is the last contact: the dataset has neither beginning nor end."""

REQUIRED = (
    *(PERSON, ADDRESS, INVOLVEMENTS, PROFESSIONALS),
    *(table.columns for table in EPISODES if table.is_required),
)
OPTIONAL = (
    *(IDENTIFIERS, FAMILY, MOTHER, DEPARTMENT),
    *(table.columns for table in EPISODES if not table.is_required),
)
