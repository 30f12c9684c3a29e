"""WebSocket (RFC 6455) for uvicorn, made for many listeners: a frame costs little, and so does a silent connection."""

from core.websocket.protocol import WebSocketProtocol

__all__ = ["WebSocketProtocol"]
