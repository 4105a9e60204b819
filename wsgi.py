"""The portal for a web server; run as a program, it starts everything on this machine."""

from portal import create_app

if __name__ == "__main__":
    from portal.standalone import main

    raise SystemExit(main())

app = create_app()
