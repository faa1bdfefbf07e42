"""One look: colours that colour-blind readers tell apart (Okabe & Ito 2008), Streamlit's options, our style sheet."""

from pathlib import Path

INK = "#17212B"
QUIET = "#5B6875"
LINE = "#DDE3E9"
PALE = "#F5F7F9"
BLUE = "#0072B2"
SKY = "#56B4E9"
GREEN = "#009E73"
ORANGE = "#E69F00"
VERMILLION = "#D55E00"
PURPLE = "#CC79A7"
GREY = "#9AA7B3"
FONT = '"Source Sans", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif'

STEP_COLOURS = {
    "targeted": GREY,
    "accepted": SKY,
    "received": BLUE,
    "displayed": GREEN,
    "opened": ORANGE,
    "clicked": PURPLE,
    "scans": BLUE,
    "clicks": ORANGE,
    "late": GREY,
}

STYLE = Path(__file__).with_name("style.css")
MENU = Path(__file__).with_name("menu.js")
ICON = Path(__file__).with_name("icon.svg")
LOGO = Path(__file__).with_name("logo.svg")

OPTIONS: dict[str, str | int | bool] = {
    "theme.base": "light",
    "theme.primaryColor": BLUE,
    "theme.backgroundColor": "#FFFFFF",
    "theme.secondaryBackgroundColor": PALE,
    "theme.textColor": INK,
    "theme.linkColor": BLUE,
    "theme.borderColor": LINE,
    "theme.font": FONT,
    "theme.baseRadius": "8px",
    "theme.showWidgetBorder": True,
    "theme.showSidebarBorder": True,
    "theme.sidebar.backgroundColor": PALE,
    "theme.sidebar.secondaryBackgroundColor": "#E8EDF2",
}
