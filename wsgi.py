"""The portal for a web server; run as a program, it starts everything on this machine."""

import sys

from portal import create_app
from portal.settings import SettingError
from portal.standalone import main

if __name__ == "__main__":
    sys.exit(main())

try:
    app = create_app()
except SettingError as error:
    sys.exit(str(error))
