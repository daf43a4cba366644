"""What a tap for BILL's bills costs that leaves everything to the SDK: the standard that tap-bill is measured by.

A `RESTStream` with pages by offset, the SDK's own type conformance and its own writer of messages.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.pagination import OffsetPaginator
from syncs import ENTITY, LIST, ORDER, PAGE, STREAM, TIME

from bill_api.entities import BY_NAME
from bill_singer.value_types import JSON_TYPE

if TYPE_CHECKING:
    from singer_sdk.streams.rest import HTTPRequest, PageContext

    from bill_api.table.fields import Field

NEEDED = ("api_url", "username", "password", "organization_id", "developer_key")


def properties(fields: tuple[Field, ...]) -> dict[str, Any]:
    """The JSON schema of these fields, lines included."""
    described = {each.name: dict(JSON_TYPE[each.type]) for each in fields}
    for each in fields:
        if each.item_fields:
            described[each.name]["items"] = {"type": "object", "properties": properties(each.item_fields)}
    return described


class Bills(RESTStream[int]):
    """Bills with their lines."""

    name = STREAM
    path = LIST
    http_method = "POST"
    payload_as_json = False
    records_jsonpath = "$.response_data[*]"
    primary_keys = ("id",)
    replication_key = TIME
    schema: ClassVar[dict[str, Any]] = {"type": "object", "properties": properties(BY_NAME[ENTITY].fields)}

    @property
    def url_base(self) -> str:
        """Of the configuration."""
        return str(self.config["api_url"])

    @cached_property
    def session_id(self) -> str:
        """A session of BILL."""
        user = {"userName": self.config["username"], "password": self.config["password"]}
        form = {**user, "orgId": self.config["organization_id"], "devKey": self.config["developer_key"]}
        answer = self.requests_session.post(f"{self.url_base}/Login.json", data=form, timeout=self.timeout)
        return str(answer.json()["response_data"]["sessionId"])

    def get_new_paginator(self) -> OffsetPaginator:
        """From the first row to the first page without any."""
        return OffsetPaginator(0, PAGE)

    def get_http_request(self, *, page: PageContext[int]) -> HTTPRequest:
        """A form, as BILL wants it."""
        request = super().get_http_request(page=page)
        query = json.dumps({"start": page.next_page_token, "max": PAGE, "nested": True, "sort": ORDER})
        request.params = {}
        request.data = {"devKey": self.config["developer_key"], "sessionId": self.session_id, "data": query}
        return request


class TapDefault(Tap):
    """Bills, by the SDK's default path."""

    name = "tap-default"
    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(
        *(th.Property(name, th.StringType, required=True) for name in NEEDED)
    ).to_dict()

    def discover_streams(self) -> list[Bills]:
        """The one."""
        return [Bills(self)]


if __name__ == "__main__":
    TapDefault.cli()
