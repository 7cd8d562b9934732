"""Protections of a hub's process against itself."""

from tests.mutations.mutation import Mutation

_PROBES = "tests/hub/confinement/test_probes.py"
_SECCOMP = "tests/hub/confinement/test_seccomp.py::test_arguments_decide_over"
_PROCESS = "tests/hub/confinement/test_confine.py"
_HUB = "tests/hub/confinement/test_hub_process.py"
_CONFINE = "hub/confinement/confine.py"
_RULES = "hub/confinement/rules.py"

CONFINEMENT = (
    Mutation(
        "no landlock",
        _CONFINE,
        "        restrict(abi, readable)\n",
        "        del readable\n",
        (f"{_PROBES}::test_a_confined_process_may_not_open_anything_else_to",),
    ),
    Mutation(
        "no seccomp",
        _CONFINE,
        "    install_filter(machine, compile_filter(machine, rules(os.getpid())))\n",
        "    compile_filter(machine, rules(os.getpid()))\n",
        (
            f"{_PROBES}::test_a_confined_process_may_not_ask_the_kernel_to",
            f"{_HUB}::test_every_thread_of_a_working_hub_is_under_the_filter"
            "_and_gains_no_privileges",
        ),
    ),
    Mutation(
        "privileges by running a program",
        _CONFINE,
        "        prctl(_PR_SET_NO_NEW_PRIVS, 1)\n",
        "",
        (
            f"{_HUB}::test_every_thread_of_a_working_hub_is_under_the_filter"
            "_and_gains_no_privileges",
        ),
    ),
    Mutation(
        "a hub that others may look into",
        _CONFINE,
        "        prctl(_PR_SET_DUMPABLE, 0)\n",
        "",
        (f"{_PROCESS}::test_confined_process_is_nobody_elses_to_look_into",),
    ),
    Mutation(
        "one thread confined and the others not",
        _CONFINE,
        "    if threads != 1:\n",
        "    if threads < 1:\n",
        (f"{_PROCESS}::test_process_with_a_second_thread_is_not_confined_by_half",),
    ),
    Mutation(
        "a write to anything that is open",
        _RULES,
        'Rule("write", _one_of(0, 1, 2))',
        'Rule("write")',
        (_SECCOMP,),
    ),
    Mutation(
        "a file opened to be written",
        _RULES,
        'Rule("openat", _all_of(_without(2, 0xFFFFFFFF & ~os.O_CLOEXEC)))',
        'Rule("openat")',
        (_SECCOMP,),
    ),
    Mutation(
        "a message to any address",
        _RULES,
        'Rule("sendto", _all_of(Check(3, 0), _null(4)))',
        'Rule("sendto")',
        (_SECCOMP,),
    ),
    Mutation(
        "code that was written a moment ago",
        _RULES,
        'Rule("mprotect", _all_of(_without(2, _PROT_EXEC)))',
        'Rule("mprotect")',
        (_SECCOMP,),
    ),
    Mutation(
        "a process of its own",
        _RULES,
        'Rule("clone", _all_of(Check(0, THREAD_FLAGS)))',
        'Rule("clone")',
        (_SECCOMP,),
    ),
)
