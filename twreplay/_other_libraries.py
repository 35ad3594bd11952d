"""
Names of other libraries, each with what does the same here.

Data alone, so that each place that refuses a name can answer it.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

_SECRETS = "leave it out: credentials never reach a cassette, and headers are not compared"
_PASSING = "hosts other than hosts=(...) pass by themselves; for paths of the API: passes=(...)"
_SCRUB = "redact=(...), before_record_request= and before_record_response= do it"
_FIELDS = 'leave it out: secrets go by themselves; to compare fewer fields: ignore=("form.Body",)'
_PATHS = "give the path, or twreplay.Recorder(cassette_dir=...); in pytest twreplay_cassette_dir"

_OF_CASSETTES: Final = MappingProxyType(
    {
        # vcrpy
        "filter_headers": _SECRETS,
        "filter_query_parameters": _FIELDS,
        "filter_post_data_parameters": _FIELDS,
        "filter_nested_post_data_parameters": _FIELDS,
        "before_save_interaction": "before_record_response=, whose second argument is the request",
        "after_load_interaction": "there is none: a cassette is what is in its file",
        "skip_patchers": "there is none: clients are caught below their own code",
        "before_record": "it is called before_record_request",
        "ignore_hosts": _PASSING,
        "ignore_localhost": _PASSING,
        "cassette_library_dir": _PATHS,
        "path_transformer": _PATHS,
        "func_path_generator": _PATHS,
        "inject_cassette": "a parameter named twilio_cassette is filled",
        "serializer": "the name of the file decides: .json is JSON, all else YAML",
        "persister": "there is none: saving locks, searches for secrets and replaces the file",
        "custom_patches": "there is none: clients are caught below their own code",
        "decode_compressed_response": "leave it out: bodies are stored without content coding",
        "record_on_exception": "leave it out: a failed block records into <name>.failed.yaml",
        "drop_unused_requests": "twreplay prune does it, after a complete green run",
        # betamax
        "record": "it is called record_mode",
        "match_requests_on": "it is called match_on",
        "re_record_interval": "max_age, with on_expiry='record'",
        "serialize_with": "the name of the file decides: .json is JSON, all else YAML",
        "placeholders": _SCRUB,
        "preserve_exact_body_bytes": "leave it out: bodies are bytes",
        # VCR for Ruby
        "allow_unused_http_interactions": "it is called allow_unused",
        "allow_http_connections_when_no_cassette": "always so, but for twreplay.block_network()",
        "preserve_exact_body_bytes_when": "leave it out: bodies are bytes",
        "filter_sensitive_data": _SCRUB,
        "exclusive": "the innermost session answers",
        "update_content_length_header": "leave it out: it is done",
        "erb": "write the file in Python, or use twreplay.simulate",
        "tag": "no counterpart",
        "additional_matchers": "match_on=(...), with all parts that are compared",
        "with_current_defaults": "leave it out: a Recorder does not change",
        "path": "give the path first, without a keyword",
        # pytest-recording and cassetter
        "allowed_hosts": "--twreplay-allowed-hosts, or twreplay.block_network([...])",
        "disable_recording": "--twreplay-disable",
        "default_cassette": 'the name first: pytest.mark.twreplay("name.yaml")',
        "block_network": "--twreplay-block-network, or twreplay.block_network()",
        "allow_playback_repeat": "it is called allow_playback_repeats",
    }
)
"""Keywords of vcrpy, pytest-recording, betamax, VCR and cassetter."""

_RULE = "twilio.when(method, path).respond(...)"

_OF_SIMULATIONS: Final = MappingProxyType(
    {
        **_OF_CASSETTES,
        # those of responses.activate and RequestsMock
        "assert_all_requests_are_fired": "always so; allow_unused=True is its False",
        "registry": 'rules are asked the newest first; rule_order="oldest" turns that around',
        "passthru_prefixes": "leave it out: all hosts but those of hosts=(...) pass",
        "response_callback": "twilio.when().passes(function), which changes each answer",
        "target": "leave it out: every client is intercepted",
        "real_adapter_send": "leave it out: every client is intercepted below its own code",
    }
)

_OF_ANSWERS: Final = MappingProxyType(
    {
        # responses: add and its kin
        "content_type": 'headers={"Content-Type": ...}',
        "adding_headers": "headers=",
        "method": "twilio.when(method, path) has it",
        "url": "twilio.when(method, path) has it",
        "match": "form=, query= and headers= of twilio.when(...)",
        "match_querystring": "query= of twilio.when(...)",
        "callback": "the rule as a decorator of a function, or rule(function)",
        "stream": "leave it out: the client decides",
        "auto_calculate_content_length": "leave it out: the length is that of the body",
        # respx, requests-mock
        "text": "body=",
        "content": "body=",
        "status_code": "the status first",
        "exc": "raises(...), in place of respond",
        "html": 'body=, with headers={"Content-Type": "text/html"}',
    }
)

_BY_OWNER: Final = MappingProxyType(
    {
        "use_cassette": _OF_CASSETTES,
        "Recorder": _OF_SIMULATIONS,
        "simulate": _OF_SIMULATIONS,
        "respond": _OF_ANSWERS,
        "passes": _OF_ANSWERS,
    }
)

CONDITIONS: Final = MappingProxyType(
    {
        "data": "form={...}, or the fields themselves",
        "params": "query={...}, or the fields themselves",
        "json": "form={...}; bodies of this API are forms",
        "url": "the path below the account first, such as '/Calls'",
        "credentials": "auth=(sid, token), or username=...",
        "user": "username=...",
        "cookies": 'headers={"Cookie": twreplay.contains(...)}',
        "match": "form={...}, query={...} or headers={...}",
        "match_querystring": "query={...}, if the query counts",
        "callback": "the rule as a decorator of the function: @twilio.when(...)",
        "body": "respond(body=...), or form={...} for what is sent",
        "status": "respond(status), behind when(...)",
        "content_type": 'respond(headers={"Content-Type": ...}), behind when(...)',
        "adding_headers": "respond(headers=...), behind when(...)",
        "stream": "nothing: the client decides",
        "auto_calculate_content_length": "nothing: the length is that of the body",
    }
)
"""What other libraries call a condition of a rule, and what to write here."""

SIMULATOR_MEMBERS: Final = MappingProxyType(
    {
        **dict.fromkeys(("add", "get", "post", "put", "delete", "patch", "head"), _RULE),
        "add_callback": "twilio.when(method, path) as a decorator of a function",
        "add_passthru": "nothing: other hosts pass",
        "upsert": "a newer rule, which is asked first",
        "replace": "a newer rule, which is asked first",
        "registered": "twilio.rules",
        "assert_call_count": "twilio.assert_requested(method, path, times=...)",
        "assert_all_requests_are_fired": "simulate(allow_unused=False), the default",
        "start": "with twreplay.simulate() as twilio",
        "stop": "nothing: the block ends it",
    }
)
"""What other libraries call a member of a simulator, and what to write here."""


def answer_keyword(name: str, owner: str = "Recorder") -> str:
    """Return what does here what another library's keyword *name* does; empty if unknown."""
    answers = _BY_OWNER.get(owner)
    return answers.get(name, "") if answers is not None else ""
