"""Runs gitlab-data-export as it is, against the test's GitLab and BigQuery.

Two things of Google's are not there: somebody who gives out tokens, and, in this BigQuery, table functions that aggregate
without saying by what.
"""

import google.auth
from google.auth.credentials import AnonymousCredentials

google.auth.default = lambda *_, **__: (AnonymousCredentials(), "test")

from gitlab_data_export import driver  # noqa: E402
from gitlab_data_export.api import bigquery  # noqa: E402

selected = "SELECT for_job_id as job_id"
bigquery.LATEST_CHECKPOINT_UPSERT = bigquery.LATEST_CHECKPOINT_UPSERT.replace(selected, "SELECT ANY_VALUE(for_job_id) as job_id")
driver.main()
