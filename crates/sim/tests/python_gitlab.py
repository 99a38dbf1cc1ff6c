"""Reads a simulated GitLab with python-gitlab, unmodified, the way its users do.

usage: python_gitlab.py URL TOKEN
Prints one line per thing read; any exception or failed assertion ends it with a non-zero exit code.
"""

import sys

import gitlab


def seen(what, rows):
    """Reports how many of something were read, and that there were some."""
    count = len(rows)
    assert count > 0, f"no {what}"
    print(f"{what}: {count}")
    return rows


def unique(what, rows, key="id"):
    """Like `seen`, and no row came twice."""
    keys = [getattr(row, key) for row in rows]
    assert len(keys) == len(set(keys)), f"{what} came twice"
    return seen(what, rows)


def read_instance(client):
    """Version, groups, projects by both ways of paging, users, runners."""
    version, _revision = client.version()
    assert version[0].isdigit(), version
    groups = unique("groups", client.groups.list(get_all=True))
    assert any(group.full_path == "acme" for group in groups)
    acme = client.groups.get("acme")
    inside = unique(
        "projects of the group",
        acme.projects.list(get_all=True, include_subgroups=True, order_by="id", sort="asc"),
    )
    assert [project.id for project in inside] == sorted(project.id for project in inside)
    offset = unique("projects by offset", client.projects.list(get_all=True, per_page=7))
    keyset = unique(
        "projects by keyset",
        client.projects.list(
            pagination="keyset", order_by="id", sort="asc", per_page=7, get_all=True
        ),
    )
    assert {project.id for project in offset} == {project.id for project in keyset}
    unique("users", client.users.list(get_all=True))
    unique("runners", client.runners_all.list(get_all=True))
    seen("merge requests of the group", acme.mergerequests.list(get_all=True))
    seen("issues of the group", acme.issues.list(get_all=True))
    seen("labels of the group", acme.labels.list(get_all=True))
    seen("milestones of the group", acme.milestones.list(get_all=True))
    seen("members of the group", acme.members_all.list(get_all=True))
    seen("merge requests", client.mergerequests.list(scope="all", get_all=True))
    seen("issues", client.issues.list(scope="all", get_all=True))
    return inside


def read_pipelines(project):
    """Pipelines, their jobs, bridges, reports and traces."""
    pipelines = unique("pipelines", project.pipelines.list(get_all=True, per_page=50))
    first = next(project.pipelines.list(iterator=True, per_page=5, order_by="id", sort="asc"))
    assert first.id == min(pipeline.id for pipeline in pipelines)
    jobs = unique(
        "jobs by keyset",
        project.jobs.list(pagination="keyset", order_by="id", sort="desc", per_page=50, get_all=True),
    )
    ids = [job.id for job in jobs]
    assert ids == sorted(ids, reverse=True), "jobs are not in descending order"
    tested = 0
    for pipeline in pipelines[:20]:
        detail = project.pipelines.get(pipeline.id)
        assert detail.sha == pipeline.sha
        detail.jobs.list(get_all=True)
        detail.bridges.list(get_all=True)
        report = detail.test_report.get()
        summary = detail.test_report_summary.get()
        assert report.total_count == summary.total["count"]
        tested += report.total_count
    print(f"test cases: {tested}")
    finished = [job for job in jobs if job.status in ("success", "failed")]
    for job in seen("finished jobs", finished)[:10]:
        trace = project.jobs.get(job.id).trace()
        assert b"section_start:" in trace, f"the trace of job {job.id} has no sections"
    print(f"bytes of the last trace: {len(trace)}")


def read_planning(project):
    """Merge requests, issues, milestones, labels and what people wrote."""
    requests = unique("merge requests of the project", project.mergerequests.list(get_all=True))
    assert {mr.state for mr in requests} <= {"opened", "closed", "locked", "merged"}
    request = project.mergerequests.get(requests[-1].iid)
    seen("commits of a merge request", request.commits(get_all=True))
    request.pipelines.list(get_all=True)
    request.notes.list(get_all=True)
    request.discussions.list(get_all=True)
    assert isinstance(request.approvals.get().approved, bool)
    latest = max(mr.updated_at for mr in requests)
    again = project.mergerequests.list(
        updated_after=latest, order_by="updated_at", sort="asc", get_all=True
    )
    assert again and again[-1].updated_at == latest, "updated_after is not inclusive"
    issues = unique("issues of the project", project.issues.list(get_all=True))
    issue = project.issues.get(issues[-1].iid)
    issue.notes.list(get_all=True)
    issue.discussions.list(get_all=True)
    seen("labels", project.labels.list(get_all=True))
    seen("milestones", project.milestones.list(get_all=True))
    seen("members", project.members.list(get_all=True))
    unique("members with inherited ones", project.members_all.list(get_all=True))


def read_code(project):
    """Commits, branches, tags and releases."""
    commits = unique("commits", project.commits.list(get_all=True))
    commit = project.commits.get(commits[0].id)
    assert commit.stats["total"] == commit.stats["additions"] + commit.stats["deletions"]
    branches = unique("branches", project.branches.list(get_all=True), "name")
    assert project.branches.get(branches[0].name).commit["id"]
    for tag in project.tags.list(get_all=True):
        assert project.tags.get(tag.name).target == tag.target
    for release in project.releases.list(get_all=True):
        assert project.releases.get(release.tag_name).tag_name == release.tag_name


def read_delivery(project):
    """Environments, deployments, schedules, runners."""
    for environment in project.environments.list(get_all=True):
        project.environments.get(environment.id)
    deployments = project.deployments.list(get_all=True, order_by="id", sort="desc")
    for deployment in deployments[:5]:
        assert project.deployments.get(deployment.id).iid == deployment.iid
    print(f"deployments: {len(deployments)}")
    for schedule in project.pipelineschedules.list(get_all=True):
        project.pipelineschedules.get(schedule.id).pipelines.list(get_all=True)
    seen("runners of the project", project.runners.list(get_all=True))


def refuses(client):
    """What is not there answers 404, and a bad token 401."""
    try:
        client.projects.get("acme/there-is-no-such-project")
    except gitlab.exceptions.GitlabGetError as error:
        assert error.response_code == 404, error.response_code
    else:
        raise AssertionError("an absent project was found")
    stranger = gitlab.Gitlab(client.url, private_token="wrong", keep_base_url=True)
    try:
        stranger.projects.list(get_all=False)
    except gitlab.exceptions.GitlabAuthenticationError as error:
        assert error.response_code == 401
    else:
        raise AssertionError("a wrong token was let in")


def main(url, token):
    client = gitlab.Gitlab(url, private_token=token, keep_base_url=True)
    inside = read_instance(client)
    projects = [client.projects.get(project.path_with_namespace) for project in inside]
    projects.sort(key=lambda project: len(project.commits.list(get_all=True)), reverse=True)
    read_pipelines(projects[0])
    read_planning(projects[0])
    for project in projects[:5]:
        print(f"-- {project.path_with_namespace}")
        read_code(project)
        read_delivery(project)
    refuses(client)
    print("python-gitlab read everything")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
