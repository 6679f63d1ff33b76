//! One test, two databases.

/// Makes two tests of one: `name::sqlite` and `name::postgres`. Each has a database of its own.
///
/// Without PostgreSQL the second one says that it is skipped; with `CI` set it fails instead.
macro_rules! both {
    ($($(#[$meta:meta])* fn $name:ident($app:ident) $body:block)*) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports, reason = "short tests need nothing of their module")]
            use super::*;

            fn run($app: &crate::app::TestApp) $body

            #[test]
            fn sqlite() {
                run(&crate::app::TestApp::sqlite());
            }

            #[test]
            fn postgres() {
                if let Some(app) = crate::app::TestApp::postgres() {
                    run(&app);
                }
            }
        }
    )*};
}

pub(crate) use both;
