from django.apps import AppConfig


class ExampleConfig(AppConfig):
    name = "tests.example_app"

    def ready(self) -> None:
        from tests.example_app.connecting import connect

        connect()
