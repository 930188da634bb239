"""The app: glue between the tabs, global keys, and nothing else."""

from __future__ import annotations

import asyncio
import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import ContentSwitcher, Footer

from sonde_core import config, settings
from sonde_core.endpoint import HTTP_SCHEMES, parse
from sonde_core.errors import SondeError
from sonde_core.exchange import Exchanger
from sonde_core.history import History
from sonde_core.model import HttpRequest
from sonde_core.safetext import line, safe

from . import commands
from .crash import CrashReport
from .messages import CompareAsked, CopyAsked, EditAsked, EntryRecorded, ReplayAsked
from .screens.tab import Tab
from .services import Services
from .widgets.safe_filter import SafeFilter
from .widgets.tab_strip import TabStrip

if TYPE_CHECKING:
    from sonde_core.entry import Entry
    from sonde_core.practice.server import PracticeServer

TABS = {"http": "HTTP", "socket": "Socket", "listen": "Listen", "history": "History"}
