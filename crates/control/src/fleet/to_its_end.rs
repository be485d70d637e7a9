//! What follows a commit.

use crate::domain::Error;

/// Does work to its end, even if its asker goes away meanwhile. What was committed has
/// consequences, such as waking a host or a line in the log; if they were dropped with the request,
/// nobody would make up for them.
///
/// # Errors
/// Those of the work; [`Error::Internal`] if it panicked.
pub(crate) async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::spawn(work).await;
    done.unwrap_or_else(|error| Err(Error::internal("carrying out a request", error)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn work_goes_on_without_whoever_asked_for_it() {
        let (begin, begun) = oneshot::channel();
        let (go_on, continued) = oneshot::channel::<()>();
        let (finish, finished) = oneshot::channel();
        let asker = tokio::spawn(to_its_end(async move {
            begin.send(()).unwrap();
            continued.await.unwrap();
            finish.send(()).unwrap();
            Ok(())
        }));
        begun.await.unwrap();
        asker.abort();
        assert!(asker.await.unwrap_err().is_cancelled());
        go_on.send(()).unwrap();
        finished.await.unwrap();
    }

    #[tokio::test]
    async fn a_panic_is_an_error() {
        let work = async { panic!("on purpose") };
        let panicked: Result<(), Error> = to_its_end(work).await;
        assert!(matches!(panicked, Err(Error::Internal(_))));
    }
}
