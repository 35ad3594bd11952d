"""The parts of the pytest plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twreplay._lazy import load_from

if TYPE_CHECKING:
    from twreplay._pytest.annotating import check_annotations_option, collect_problem
    from twreplay._pytest.collection import (
        check_rehearsal_options,
        find_rehearsals,
        warn_of_unread_marks,
    )
    from twreplay._pytest.coverage import (
        check_coverage_options,
    )
    from twreplay._pytest.display import (
        compare,
    )
    from twreplay._pytest.ending import (
        judge_run,
        settle_recordings,
    )
    from twreplay._pytest.fixtures import (
        CASSETTE_ONLY,
        SIMULATOR_ONLY,
        _twreplay_mark,
        check_late_mark,
        open_late_session,
        place_session,
        twilio,
        twilio_app,
        twilio_cassette,
        twilio_module,
        twilio_server,
        twilio_session,
        twreplay_cassette_dir,
        twreplay_config,
    )
    from twreplay._pytest.guard import (
        Guard,
    )
    from twreplay._pytest.network import check_network_marks
    from twreplay._pytest.options import (
        MARKS,
        add_options,
        check_command_line,
        check_ini_keys,
        is_disabled,
        list_settings,
    )
    from twreplay._pytest.phases import (
        call_test,
        list_tests_to_come,
        note_part,
        report_phase,
        run_test,
        set_up_fixture,
        set_up_test,
        tear_down_test,
    )
    from twreplay._pytest.report import (
        begin_report,
        collect_collection,
        collect_phase,
        get_report_file,
    )
    from twreplay._pytest.run import (
        begin_run,
        end_run,
        find_innermost_run,
        get_run,
    )
    from twreplay._pytest.terminal import (
        write_summary,
    )
    from twreplay._pytest.workers import announce_created, prepare_worker, take_over

__all__ = [
    "CASSETTE_ONLY",
    "MARKS",
    "SIMULATOR_ONLY",
    "Guard",
    "_twreplay_mark",
    "add_options",
    "announce_created",
    "begin_report",
    "begin_run",
    "call_test",
    "check_annotations_option",
    "check_command_line",
    "check_coverage_options",
    "check_ini_keys",
    "check_late_mark",
    "check_network_marks",
    "check_rehearsal_options",
    "collect_collection",
    "collect_phase",
    "collect_problem",
    "compare",
    "end_run",
    "find_innermost_run",
    "find_rehearsals",
    "get_report_file",
    "get_run",
    "is_disabled",
    "judge_run",
    "list_settings",
    "list_tests_to_come",
    "note_part",
    "open_late_session",
    "place_session",
    "prepare_worker",
    "report_phase",
    "run_test",
    "set_up_fixture",
    "set_up_test",
    "settle_recordings",
    "take_over",
    "tear_down_test",
    "twilio",
    "twilio_app",
    "twilio_cassette",
    "twilio_module",
    "twilio_server",
    "twilio_session",
    "twreplay_cassette_dir",
    "twreplay_config",
    "warn_of_unread_marks",
    "write_summary",
]

__getattr__ = load_from(
    __name__,
    {
        "check_annotations_option": "annotating",
        "collect_problem": "annotating",
        "check_rehearsal_options": "collection",
        "find_rehearsals": "collection",
        "warn_of_unread_marks": "collection",
        "check_coverage_options": "coverage",
        "compare": "display",
        "judge_run": "ending",
        "settle_recordings": "ending",
        "CASSETTE_ONLY": "fixtures",
        "SIMULATOR_ONLY": "fixtures",
        "_twreplay_mark": "fixtures",
        "check_late_mark": "fixtures",
        "open_late_session": "fixtures",
        "place_session": "fixtures",
        "twilio": "fixtures",
        "twilio_app": "fixtures",
        "twilio_cassette": "fixtures",
        "twilio_module": "fixtures",
        "twilio_server": "fixtures",
        "twilio_session": "fixtures",
        "twreplay_cassette_dir": "fixtures",
        "twreplay_config": "fixtures",
        "Guard": "guard",
        "check_network_marks": "network",
        "MARKS": "options",
        "add_options": "options",
        "check_ini_keys": "options",
        "check_command_line": "options",
        "is_disabled": "options",
        "list_settings": "options",
        "call_test": "phases",
        "list_tests_to_come": "phases",
        "note_part": "phases",
        "report_phase": "phases",
        "run_test": "phases",
        "set_up_fixture": "phases",
        "set_up_test": "phases",
        "tear_down_test": "phases",
        "begin_report": "report",
        "collect_collection": "report",
        "collect_phase": "report",
        "get_report_file": "report",
        "begin_run": "run",
        "end_run": "run",
        "find_innermost_run": "run",
        "get_run": "run",
        "write_summary": "terminal",
        "announce_created": "workers",
        "prepare_worker": "workers",
        "take_over": "workers",
    },
)
