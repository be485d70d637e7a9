//! Routes that require credentials by construction: a handler without an argument for
//! credentials does not compile.

use super::App;
use super::agent::AgentRequest;
use super::authorized::{Authorized, Pulls, SignedIn};
use super::params::ParameterNames;
use axum::extract::{DefaultBodyLimit, State};
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, on};
use axum::{Extension, Router};

/// The arguments of a handler that requires credentials.
#[diagnostic::on_unimplemented(
    message = "this handler requires no credentials",
    note = "make its first argument an `Authorized`, `SignedIn` or `Pulls`, or its second and last one an `AgentRequest`; \
            if strangers may call it, use `Routes::open`"
)]
pub(crate) trait Authenticated {
    /// Whether users call it, and not hosts.
    const IS_FOR_USERS: bool = true;
}

macro_rules! authenticated {
    ($($more:ident)*) => {
        impl<M, P, $($more),*> Authenticated for (M, Authorized<P>, $($more),*) {}
        impl<M, $($more),*> Authenticated for (M, Pulls, $($more),*) {}
        impl<M, $($more),*> Authenticated for (M, SignedIn, $($more),*) {}
    };
}

authenticated!();
authenticated!(A);
authenticated!(A B);
authenticated!(A B C);
authenticated!(A B C D);

impl<M> Authenticated for (M, State<App>, AgentRequest) {
    const IS_FOR_USERS: bool = false;
}

impl<M> Authenticated for (M, State<App>, Box<AgentRequest>) {
    const IS_FOR_USERS: bool = false;
}

/// A method of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// The method.
    pub(crate) method: Method,
    /// The address, with its parameters in braces.
    pub(crate) path: &'static str,
    /// Whether strangers may call it.
    pub(crate) is_open: bool,
    /// Whether users call it: what it changes is in the audit log.
    pub(crate) is_for_users: bool,
    /// The names of its parameters.
    pub(crate) parameters: &'static [&'static str],
}

/// A router, and the list of its routes.
#[derive(Default)]
pub(crate) struct Routes {
    router: Router<App>,
    list: Vec<Route>,
}

impl Routes {
    /// Adds a route that requires credentials and has no parameters.
    pub(crate) fn on<H, T>(self, method: Method, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: Authenticated + 'static,
    {
        self.on_query(method, path, &[], handler)
    }

    /// Adds a route that requires credentials and has these parameters. (Unknown parameters of
    /// agents' requests are ignored, since newer agents may send them.)
    pub(crate) fn on_query<H, T>(
        self,
        method: Method,
        path: &'static str,
        parameters: &'static [&'static str],
        handler: H,
    ) -> Self
    where
        H: Handler<T, App>,
        T: Authenticated + 'static,
    {
        let names = Extension(ParameterNames(parameters));
        let route = Route {
            method,
            path,
            is_open: false,
            is_for_users: T::IS_FOR_USERS,
            parameters,
        };
        self.add(route, handler.layer(names))
    }

    /// Adds a route that strangers may call. It checks its parameters itself.
    pub(crate) fn open<H, T>(self, method: Method, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        let route = Route {
            method,
            path,
            is_open: true,
            is_for_users: false,
            parameters: &[],
        };
        self.add(route, handler)
    }

    fn add<H, T>(mut self, route: Route, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        #[expect(
            clippy::expect_used,
            reason = "the methods are constants, and the first request of any test finds out"
        )]
        let filter = MethodFilter::try_from(route.method.clone()).expect("a method of HTTP");
        self.router = self.router.route(route.path, on(filter, handler));
        self.list.push(route);
        self
    }

    /// Removes the limit of bodies from the routes so far; their handlers have their own.
    pub(crate) fn without_body_limit(mut self) -> Self {
        self.router = self.router.layer(DefaultBodyLimit::disable());
        self
    }

    /// Adds the routes of another subject.
    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.list.extend(other.list);
        self
    }

    /// The routes.
    #[cfg(test)]
    pub(crate) fn list(&self) -> &[Route] {
        &self.list
    }

    /// The router.
    pub(crate) fn into_router(self) -> Router<App> {
        self.router
    }
}
