INSERT INTO totals (measure, project_id, ref, ref_kind, source, stage, name, tags, status, failure_reason, bucket,
                    count, gone, sum, gone_sum)
VALUES (1, 7, 15, 0, 16, 0, 0, 0, 0, 0, 0, 3, 1, 0, 0);
INSERT INTO ref_heads (project_id, ref, ref_kind, pipeline_id, created_at) VALUES (7, 15, 0, 1001, 1795176000);
INSERT INTO deployments_gone (environment_id, status, count) VALUES (1, 7, 2);
