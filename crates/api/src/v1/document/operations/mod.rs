//! All operations, a function per subject.

use super::Schemas;
mod changes;

use super::operation::Operation;
use crate::audit::{AuditEntry, Verified};
use crate::commands::Definition;
use crate::key_lists::KeyList;
use crate::tokens::Token;
use crate::users::User;
use crate::v1::schema::{CommandKey, IdText, RepositoryGroup, Segment, Uuid};
use crate::v1::{
    AuditQuery, Batch, BatchDetail, BatchQuery, Host, HostQuery, Job, JobDetail, JobOutput,
    JobQuery, OutputQuery, Package, Repository, TokenQuery,
};

const READ: &str = "the right `read`";
const PULL: &str = "the right `pull`";
const AUDIT: &str = "the role admin; with a token, the right `audit`";
const ADMIN: &str = "the role admin, and a password in place of a token";
const OWN: &str = "a password in place of a token; for what is another user's, the role admin";

/// All of them.
pub(super) fn operations(schemas: &mut Schemas) -> Vec<Operation> {
    let mut all = vec![document(schemas)];
    all.extend(hosts(schemas));
    all.extend(commands(schemas));
    all.extend(batches(schemas));
    all.extend(jobs(schemas));
    all.extend(packages(schemas));
    all.extend(users(schemas));
    all.extend(audit(schemas));
    all.extend(key_list(schemas));
    all.extend(changes::all(schemas));
    all
}

fn get(
    path: &'static str,
    id: &'static str,
    needs: &'static str,
    summary: &'static str,
) -> Operation {
    Operation::new("get", path, id, needs, summary)
}

fn document(schemas: &mut Schemas) -> Operation {
    get(
        "/v1/openapi.json",
        "getDocument",
        "any credentials",
        "This document.",
    )
    .answer::<serde_json::Map<String, serde_json::Value>>(schemas, 200, "An OpenAPI document.")
}

fn hosts(schemas: &mut Schemas) -> Vec<Operation> {
    vec![
        get(
            "/v1/hosts",
            "listHosts",
            READ,
            "Hosts, in the order of first contact.",
        )
        .filter::<HostQuery>(schemas)
        .page::<Host>(schemas)
        .problem(422),
        get(
            "/v1/hosts/{host}",
            "getHost",
            READ,
            "One host, in any state.",
        )
        .part::<Uuid>(schemas, "host", "The id of a host.")
        .answer::<Host>(schemas, 200, "The host."),
    ]
}

fn commands(schemas: &mut Schemas) -> Vec<Operation> {
    vec![
        get(
            "/v1/commands",
            "listCommands",
            READ,
            "Commands, by key. Secrets are shown as `***`.",
        )
        .page::<Definition>(schemas),
        get(
            "/v1/commands/{key}",
            "getCommand",
            READ,
            "One command. Secrets are shown as `***`.",
        )
        .part::<CommandKey>(schemas, "key", "The key of a command.")
        .head(
            "If-None-Match",
            "Only if the present version is none of these.",
            serde_json::json!({ "type": "string", "maxLength": 1024 }),
        )
        .answer::<Definition>(schemas, 200, "The command.")
        .header(
            200,
            "ETag",
            "The version, which changes whenever the command is stored.",
        )
        .empty(304, "It is the version that the client has."),
    ]
}

fn batches(schemas: &mut Schemas) -> Vec<Operation> {
    vec![
        get("/v1/batches", "listBatches", READ, "Batches, newest first.")
            .filter::<BatchQuery>(schemas)
            .page::<Batch>(schemas),
        get(
            "/v1/batches/{batch}",
            "getBatch",
            READ,
            "One batch, and how far it has come.",
        )
        .part::<IdText>(schemas, "batch", "The id of a batch.")
        .answer::<BatchDetail>(schemas, 200, "The batch."),
        get(
            "/v1/batches/{batch}/events",
            "watchBatch",
            READ,
            "How far a batch comes, until its last job has ended.",
        )
        .part::<IdText>(schemas, "batch", "The id of a batch.")
        .stream("Events `progress`, and `end` as the last one, with a batch as `getBatch` answers it. `problem`: why it ends early."),
    ]
}

fn jobs(schemas: &mut Schemas) -> Vec<Operation> {
    let of_job = |operation: Operation, schemas: &mut Schemas| {
        let operation = operation.part::<IdText>(
            schemas,
            "job",
            "The id of a job, or the number under which its host knows it.",
        );
        operation.problem(409)
    };
    let one = get(
        "/v1/jobs/{job}",
        "getJob",
        READ,
        "One job. 409: several hosts know a job by this number.",
    );
    let output = get(
        "/v1/jobs/{job}/output",
        "getJobOutput",
        READ,
        "What a job has printed so far, from an offset on. While somebody asks, its host reports more often.",
    );
    let watch = get(
        "/v1/jobs/{job}/events",
        "watchJob",
        READ,
        "What a job prints, as it prints it, until it has ended.",
    );
    vec![
        of_job(watch, schemas)
            .head("Last-Event-ID", "The last event that the client got: only what was printed after it is sent.", serde_json::json!({ "type": "integer", "minimum": 0 }))
            .stream("Events `output`, with a part of the output, `status` with the job, and `end` with the job as the last one. `problem`: why it ends early."),
        get(
            "/v1/jobs",
            "listJobs",
            READ,
            "Jobs, newest first. 404: there is no such batch.",
        )
        .filter::<JobQuery>(schemas)
        .page::<Job>(schemas)
        .problem(404),
        of_job(one, schemas).answer::<JobDetail>(schemas, 200, "The job."),
        of_job(output, schemas)
            .filter::<OutputQuery>(schemas)
            .answer::<JobOutput>(schemas, 200, "A part of the output."),
    ]
}

fn packages(schemas: &mut Schemas) -> Vec<Operation> {
    let of_repository = |operation: Operation, schemas: &mut Schemas| {
        operation
            .part::<RepositoryGroup>(schemas, "group", "The group; `/` in it as `%2F`.")
            .part::<Segment>(schemas, "name", "The name.")
            .problem(422)
    };
    let list = get(
        "/v1/repositories/{group}/{name}/packages",
        "listPackages",
        PULL,
        "The packages of a repository, newest first.",
    );
    let one = get(
        "/v1/repositories/{group}/{name}/tags/{tag}",
        "getTag",
        PULL,
        "The package that a tag points to: its seal.",
    );
    vec![
        get(
            "/v1/repositories",
            "listRepositories",
            PULL,
            "Repositories, by name.",
        )
        .page::<Repository>(schemas),
        of_repository(list, schemas).page::<Package>(schemas),
        of_repository(one, schemas)
            .part::<Segment>(schemas, "tag", "The tag.")
            .answer::<crate::v1::Tag>(schemas, 200, "The package."),
    ]
}

fn users(schemas: &mut Schemas) -> Vec<Operation> {
    vec![
        get("/v1/users", "listUsers", ADMIN, "Users, by name.").page::<User>(schemas),
        get(
            "/v1/tokens",
            "listTokens",
            OWN,
            "API tokens, by user and name.",
        )
        .filter::<TokenQuery>(schemas)
        .page::<Token>(schemas),
    ]
}

fn audit(schemas: &mut Schemas) -> Vec<Operation> {
    vec![
        get(
            "/v1/audit",
            "listAudit",
            AUDIT,
            "Entries of the audit log, newest first.",
        )
        .filter::<AuditQuery>(schemas)
        .page::<AuditEntry>(schemas)
        .problem(422),
        get(
            "/v1/audit/verification",
            "verifyAudit",
            AUDIT,
            "Verifies that no entry of the audit log was changed, removed or added.",
        )
        .answer::<Verified>(schemas, 200, "What was found."),
    ]
}

fn key_list(schemas: &mut Schemas) -> Vec<Operation> {
    vec![
        get(
            "/v1/key-list",
            "getKeyList",
            READ,
            "The key list in force, and which lists the hosts trust. 404: control has no root key.",
        )
        .answer::<KeyList>(schemas, 200, "The list.")
        .problem(404),
    ]
}
