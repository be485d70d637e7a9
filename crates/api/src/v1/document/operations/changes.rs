//! What changes something.

use super::{ADMIN, OWN, Operation, Schemas};
use crate::commands::Definition;
use crate::invitations::Invitation;
use crate::jobs::{Cancelled, Removed};
use crate::tokens::{IssuedToken, NewToken};
use crate::users::{NewPassword, NewRole, NewUser, User};
use crate::v1::schema::{CommandKey, IdText, RepositoryGroup, Segment, SignedList, UserName, Uuid};
use crate::v1::{Admission, CreatedBatch, LabelChange, NewBatch, NewInvitation, NewName};

const OPERATE: &str = "the right `operate`";
const PUSH: &str = "the right `push`";
const RUN: &str = "the right `operate`, or `run:COMMAND` of its command";

/// All of them.
pub(super) fn all(schemas: &mut Schemas) -> Vec<Operation> {
    let mut all = hosts(schemas);
    all.extend(bodies_of_hosts(schemas));
    all.extend(commands(schemas));
    all.extend(jobs(schemas));
    all.extend(others(schemas));
    all.extend(users(schemas));
    all.extend(tokens(schemas));
    all
}

fn post(
    path: &'static str,
    id: &'static str,
    needs: &'static str,
    summary: &'static str,
) -> Operation {
    Operation::new("post", path, id, needs, summary)
}

fn put(
    path: &'static str,
    id: &'static str,
    needs: &'static str,
    summary: &'static str,
) -> Operation {
    Operation::new("put", path, id, needs, summary)
}

fn delete(
    path: &'static str,
    id: &'static str,
    needs: &'static str,
    summary: &'static str,
) -> Operation {
    Operation::new("delete", path, id, needs, summary)
}

fn of_host(operation: Operation, schemas: &mut Schemas) -> Operation {
    operation.part::<Uuid>(schemas, "host", "The id of a host.")
}

fn hosts(schemas: &mut Schemas) -> Vec<Operation> {
    let done = "It is done.";
    vec![
        of_host(
            delete(
                "/v1/hosts/{host}",
                "removeHost",
                OPERATE,
                "Removes a host, and ends its jobs. It cannot come back.",
            ),
            schemas,
        )
        .empty(204, done),
        of_host(
            post(
                "/v1/hosts/{host}/disable",
                "disableHost",
                OPERATE,
                "Rejects a host's requests until it is enabled; its jobs wait.",
            ),
            schemas,
        )
        .empty(204, done),
        of_host(
            post(
                "/v1/hosts/{host}/enable",
                "enableHost",
                OPERATE,
                "Accepts the requests of a disabled host again.",
            ),
            schemas,
        )
        .empty(204, done),
        of_host(
            post(
                "/v1/hosts/{host}/acknowledge",
                "acknowledgeHost",
                OPERATE,
                "Clears the notes that a host was restored or cloned.",
            ),
            schemas,
        )
        .empty(204, done),
        of_host(
            post(
                "/v1/hosts/{host}/rotate",
                "rotateHostKey",
                OPERATE,
                "Asks a host to replace its key.",
            ),
            schemas,
        )
        .empty(202, "It will, after its next ping."),
    ]
}

fn bodies_of_hosts(schemas: &mut Schemas) -> Vec<Operation> {
    vec![
        of_host(
            post("/v1/hosts/{host}/admit", "admitHost", OPERATE, "Admits a host that enrolled without a code, or changes the place and labels of one."),
            schemas,
        )
        .body::<Admission>(schemas)
        .empty(204, "It is admitted.")
        .problem(409),
        of_host(
            post("/v1/hosts/{host}/labels", "changeHostLabels", OPERATE, "Changes the labels of a host."),
            schemas,
        )
        .body::<LabelChange>(schemas)
        .empty(204, "It has them."),
        of_host(
            put("/v1/hosts/{host}/name", "nameHost", OPERATE, "Gives a host a name that no other has. 409: another has it."),
            schemas,
        )
        .body::<NewName>(schemas)
        .empty(204, "It has the name.")
        .problem(409),
    ]
}

fn commands(schemas: &mut Schemas) -> Vec<Operation> {
    let of_command = |operation: Operation, schemas: &mut Schemas| {
        operation
            .part::<CommandKey>(schemas, "key", "The key of a command.")
            .conditional()
    };
    let store = put(
        "/v1/commands/{key}",
        "putCommand",
        OPERATE,
        "Stores a command. A secret that is sent as `***` keeps its value.",
    );
    let remove = delete(
        "/v1/commands/{key}",
        "removeCommand",
        OPERATE,
        "Removes a command. Its jobs stay.",
    );
    vec![
        of_command(store, schemas)
            .body::<Definition>(schemas)
            .empty(201, "It is new.")
            .header(201, "ETag", "Its version.")
            .empty(204, "It replaced an earlier definition.")
            .header(204, "ETag", "Its version."),
        of_command(remove, schemas).empty(204, "It is gone."),
    ]
}

fn jobs(schemas: &mut Schemas) -> Vec<Operation> {
    let run = post(
        "/v1/batches",
        "createBatch",
        RUN,
        "Runs a command on hosts: makes a batch with a job for each.",
    );
    let remove = delete(
        "/v1/batches/{batch}",
        "removeBatch",
        OPERATE,
        "Removes a batch and its jobs, all of which have to have ended (409).",
    );
    let cancel = post(
        "/v1/jobs/{job}/cancel",
        "cancelJob",
        OPERATE,
        "Cancels a job.",
    );
    let remove_job = delete(
        "/v1/jobs/{job}",
        "removeJob",
        OPERATE,
        "Removes a job, which has to have ended (409).",
    );
    let job = "The id of a job, or the number under which its host knows it.";
    vec![
        run.body::<NewBatch>(schemas)
            .creates::<CreatedBatch>(schemas, "The batch."),
        remove
            .part::<IdText>(schemas, "batch", "The id of a batch.")
            .answer::<Removed>(
                schemas,
                200,
                "What was removed; with `more`, repeat the request.",
            )
            .problem(409),
        cancel
            .part::<IdText>(schemas, "job", job)
            .answer::<Cancelled>(schemas, 200, "It will not start, or had ended before.")
            .answer::<Cancelled>(schemas, 202, "Its host will end it.")
            .problem(409),
        remove_job
            .part::<IdText>(schemas, "job", job)
            .empty(204, "It is gone.")
            .problem(409),
    ]
}

fn others(schemas: &mut Schemas) -> Vec<Operation> {
    let invite = post(
        "/v1/invitations",
        "createInvitation",
        OPERATE,
        "Makes an invitation. Its code is shown only here; an equal request with the same key revokes it, and gets another.",
    );
    let untag = delete(
        "/v1/repositories/{group}/{name}/tags/{tag}",
        "deleteTag",
        PUSH,
        "Deletes a tag. Queued jobs still find their package.",
    );
    let import = put(
        "/v1/key-list",
        "importKeyList",
        OPERATE,
        "Imports a key list that the root key signed. 404: control has no root key. 409: it is not newer, or lacks the job key.",
    );
    vec![
        invite
            .body::<NewInvitation>(schemas)
            .creates::<Invitation>(schemas, "The invitation."),
        untag
            .part::<RepositoryGroup>(schemas, "group", "The group; `/` in it as `%2F`.")
            .part::<Segment>(schemas, "name", "The name.")
            .part::<Segment>(schemas, "tag", "The tag.")
            .empty(204, "It is gone.")
            .problem(422),
        import
            .body::<SignedList>(schemas)
            .empty(204, "It is in force.")
            .problem(404)
            .problem(409),
    ]
}

fn users(schemas: &mut Schemas) -> Vec<Operation> {
    let named = |operation: Operation, schemas: &mut Schemas| {
        operation.part::<UserName>(schemas, "name", "The name of a user.")
    };
    let add = post(
        "/v1/users",
        "addUser",
        ADMIN,
        "Adds a user. 409: the name is taken.",
    );
    let remove = delete(
        "/v1/users/{name}",
        "removeUser",
        ADMIN,
        "Removes a user, with the user's tokens. 409: it is the only admin.",
    );
    let role = put(
        "/v1/users/{name}/role",
        "setRole",
        ADMIN,
        "Gives a user another role. 409: it is the only admin.",
    );
    let password = put(
        "/v1/users/{name}/password",
        "setPassword",
        OWN,
        "Gives a user another password.",
    );
    vec![
        add.body::<NewUser>(schemas)
            .creates::<User>(schemas, "The user."),
        named(remove, schemas)
            .empty(204, "The user is gone.")
            .problem(409),
        named(role, schemas)
            .body::<NewRole>(schemas)
            .empty(204, "The user has it.")
            .problem(409),
        named(password, schemas)
            .body::<NewPassword>(schemas)
            .empty(204, "The user has it."),
    ]
}

fn tokens(schemas: &mut Schemas) -> Vec<Operation> {
    let make = post(
        "/v1/tokens",
        "addToken",
        OWN,
        "Makes an API token, which is shown only here. 404: there is no such user. 409: the user has one of this name, or too many.",
    );
    let remove = delete(
        "/v1/tokens/{user}/{name}",
        "removeToken",
        OWN,
        "Removes an API token, which is refused from now on.",
    );
    vec![
        make.body::<NewToken>(schemas)
            .creates::<IssuedToken>(schemas, "The token.")
            .problem(404),
        remove
            .part::<UserName>(schemas, "user", "The user.")
            .part::<UserName>(schemas, "name", "The name of the token.")
            .empty(204, "It is gone."),
    ]
}
