from django.apps import AppConfig


class PointsConfig(AppConfig):
    name = "points"
    verbose_name = "Points"

    def ready(self) -> None:
        from idempotency.effects import register_named
        from ledger.verifying import register_pass
        from points.importing.services import wallets_with_lines
        from points.importing.verifying import verify_imports
        from points.packages.verifying import verify_packages
        from points.plans.verifying import verify_plans
        from points.purchases import PURCHASE
        from points.verifying_pushes import verify_pushed
        from points.verifying_sweeps import verify_sweeps
        from wallets.pending import register_pending

        register_pass("imports", verify_imports)
        register_pass("fee sweeps", verify_sweeps)
        register_pass("pushed withdrawals", verify_pushed)
        register_pass("point packages", verify_packages)
        register_pass("plans", verify_plans)
        register_named(PURCHASE)
        register_pending("an import that is running has a line of it", wallets_with_lines)
