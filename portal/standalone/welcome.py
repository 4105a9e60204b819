"""What the terminal says once the portal answers."""

import http.client
import time

from portal.settings import Settings
from portal.standalone.terminal import say

ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
HEALTH = "/api/v1/health"
ANSWER_SECONDS = 2.0
# After this long without an answer, the terminal says so.
SLOW_SECONDS = 60.0


class Welcome:
    """Watches for the first answer and then says, once, how to go on."""

    def __init__(self, settings: Settings, sign_in: str) -> None:
        """``sign_in`` says how to sign in."""
        self._settings, self._sign_in = settings, sign_in
        self._worries = time.monotonic() + SLOW_SECONDS
        self._said = False

    def look(self) -> None:
        """Print the welcome if the portal answers and it has not been printed yet."""
        if self._said:
            return
        if self._answers():
            self._said = True
            say(self.text())
        elif time.monotonic() > self._worries:
            self._worries = float("inf")
            say(
                "لم تُجب البوابة بعد؛ السبب على الأرجح في الأسطر أعلاه.\n"
                "The portal has not answered yet; the lines above probably say why."
            )

    def text(self) -> str:
        """Where to open the browser and how to sign in, in Arabic and English."""
        url = self._settings.base_url
        return (
            f"\nخُطّاف جاهز: افتح المتصفح على {url}\nKhuttaf is ready: open {url} in a browser.\n"
            f"{self._sign_in}\nللإيقاف: Ctrl+C. To stop it: Ctrl+C.\n"
        )

    def _answers(self) -> bool:
        host = ANYWHERE.get(self._settings.host, self._settings.host)
        connection = http.client.HTTPConnection(host, self._settings.port, timeout=ANSWER_SECONDS)
        try:
            connection.request("GET", HEALTH)
            return connection.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
