"""Runs the backend until the process is interrupted."""

from __future__ import annotations

import socket

import uvicorn
from fastapi import FastAPI

SECONDS_TO_FINISH = 3


def serve(app: FastAPI, listening: socket.socket) -> None:
    """
    Serve the backend on a socket; an interruption ends it after the requests under way.

    Args:
        app: The backend.
        listening: A bound socket.

    Raises:
        KeyboardInterrupt: It was interrupted, and has ended.
    """
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=SECONDS_TO_FINISH)
    uvicorn.Server(config).run(sockets=[listening])
