"""One report in the form the caller accepts: JSON, a page that prints, or CSV."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from gateway.page import CONTENT_SECURITY, Page, as_csv, as_html


def shown(request: Request, report: dict[str, Any], page: Callable[[dict[str, Any]], Page]) -> Response:
    """The report; JSON unless `Accept` asks for `text/html` or `text/csv` and not for JSON before it."""
    for accepted in request.headers.get("accept", "").lower().split(","):
        media = accepted.partition(";")[0].strip()
        if media in {"application/json", "*/*"}:
            break
        if media == "text/html":
            headers = {"Content-Security-Policy": CONTENT_SECURITY}
            return Response(as_html(page(report)), media_type="text/html; charset=utf-8", headers=headers)
        if media == "text/csv":
            headers = {"Content-Disposition": 'attachment; filename="report.csv"'}
            return Response(as_csv(page(report)), media_type="text/csv; charset=utf-8", headers=headers)
    return JSONResponse(report)
