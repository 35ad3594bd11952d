"""One configuration for all test modules."""

import os

import vcr


def without_page(request):
    if request.path.endswith("/Notifications"):
        return None
    return request


def same_number(one, other):
    assert one.body.count(b"To=") == other.body.count(b"To=")


tape = vcr.VCR(
    cassette_library_dir=os.path.join(os.path.dirname(__file__), "fixtures"),
    path_transformer=vcr.VCR.ensure_suffix(".yaml"),
    record_mode=vcr.record_mode.RecordMode.NONE,
    filter_headers=["authorization"],
    filter_query_parameters=["page", "api_key"],
    before_record_request=without_page,
    decode_compressed_response=True,
    ignore_localhost=True,
)
tape.register_matcher("same number", same_number)
