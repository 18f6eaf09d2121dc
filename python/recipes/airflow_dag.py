"""Every day, the sessions of yesterday's conversations. Put it into Airflow's folder of DAGs, beside load_journeys.py.

Credentials are the GENESYSCLOUD_* variables of the workers; give the bucket's the same way. A task that is killed or
fails is tried again by Airflow, and continues: no event is lost or doubled, whichever worker runs it.
"""

from datetime import datetime, timedelta, timezone

from airflow.sdk import dag, task
from load_journeys import load


@dag(schedule="@daily", start_date=datetime(2026, 1, 1, tzinfo=timezone.utc), catchup=True, max_active_runs=1)
def journeys():
    @task(retries=5, retry_delay=timedelta(minutes=10))
    def load_day(ds: str | None = None) -> int:
        # Airflow passes the day of the run.
        assert ds
        return load(ds, "s3://BUCKET/journeys")

    load_day()


journeys()
