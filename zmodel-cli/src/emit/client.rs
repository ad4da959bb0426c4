//! `Db`, which has no queries, and `Client`, which knows who is asking.

use super::rust::{TokenStream, quote};
use super::{Emit, docs};

impl Emit<'_> {
    pub(super) fn client(&self) -> TokenStream {
        let accessors = self.tables().map(|table| {
            let names = self.names.model(table.at);
            let (module, ty) = (&names.module, &names.ty);
            let doc = docs([format!("Operations on [`{ty}`](super::{module}::{ty}).").as_str()]);
            quote! {
                #doc
                #[must_use]
                pub const fn #module(&self) -> ::zmodel_runtime::client::Operations<'_, super::#module::#ty> {
                    ::zmodel_runtime::client::Operations::new(&self.session)
                }
            }
        });
        let (sign_in, sign_in_trait) = self.auth_struct().map_or_else(Default::default, |user| {
            let sign_in = quote! {
                /// A client for somebody who is signed in: `auth()` is `user`.
                #[must_use]
                pub fn auth(&self, user: #user) -> Client {
                    Client::_of(&self.engine, ::zmodel_runtime::caller::Caller::user(user))
                }
            };
            let sign_in_trait = quote! {
                impl ::zmodel_runtime::clerk::SignIn for Db {
                    type User = #user;
                    type Client = Client;

                    fn auth(&self, user: #user) -> Client {
                        Self::auth(self, user)
                    }

                    fn anonymous(&self) -> Client {
                        Self::anonymous(self)
                    }
                }
            };
            (sign_in, sign_in_trait)
        });
        let (shared, with_deleted) = (shared(), self.with_deleted());
        let (opened, connected) = self.openings();
        let with_procedures = self.with_procedures();
        quote! {
            /// The database. It answers no query before it knows who is asking: see [`Db::anonymous`] and the
            /// methods beside it. Cheap to clone.
            #[derive(Debug, Clone)]
            pub struct Db {
                engine: ::zmodel_runtime::engine::Engine,
            }

            impl Db {
                #connected

                #opened

                /// Makes the tables that are not there yet. For an embedded or a throw-away database; it is no
                /// migration.
                ///
                /// # Errors
                /// The database refuses; then nothing was made.
                pub async fn create_tables(&self) -> ::zmodel_runtime::Result<()> {
                    self.engine.create_tables().await
                }

                /// With a hook that is told of every call of every client, and can refuse it.
                #[must_use]
                pub fn hook(self, hook: impl ::zmodel_runtime::hooks::Hook) -> Self {
                    Self { engine: self.engine.hook(hook) }
                }

                /// With a log of the statements that take longer than `limit`.
                #[must_use]
                pub fn log_slower_than(self, limit: ::std::time::Duration) -> Self {
                    Self { engine: self.engine.log_slower_than(limit) }
                }

                #with_procedures

                #sign_in

                /// A client for somebody who is not signed in: `auth()` is null.
                #[must_use]
                pub fn anonymous(&self) -> Client {
                    Client::_of(&self.engine, ::zmodel_runtime::caller::Caller::Anonymous)
                }

                /// A client for the program itself: no rule applies to it. The reason goes into the trace of every
                /// query.
                #[must_use]
                pub fn unguarded(&self, reason: &'static str) -> Client<::zmodel_runtime::client::Unguarded> {
                    Client::_of(&self.engine, ::zmodel_runtime::caller::Caller::Unguarded(reason))
                }
            }

            #sign_in_trait

            /// The database, for one caller: every query carries the rules of the schema. A client that no rule
            /// applies to has a type of its own, `Client<Unguarded>`. Cheap to clone.
            #[derive(Debug, Clone)]
            pub struct Client<G = ::zmodel_runtime::client::Guarded> {
                session: ::zmodel_runtime::session::Session,
                guard: ::std::marker::PhantomData<G>,
            }

            impl<G> Client<G> {
                // No model is called so: the names of models do not start with an underscore.
                fn _of(
                    engine: &::zmodel_runtime::engine::Engine,
                    caller: ::zmodel_runtime::caller::Caller,
                ) -> Self {
                    let session = ::zmodel_runtime::session::Session::new(engine.clone(), caller);
                    Self { session, guard: ::std::marker::PhantomData }
                }

                #shared

                #with_deleted

                #(#accessors)*
            }

            impl<G> ::zmodel_runtime::client::HasSession for Client<G> {
                fn session(&self) -> &::zmodel_runtime::session::Session {
                    &self.session
                }
            }

            impl Client<::zmodel_runtime::client::Unguarded> {
                /// A statement in SQL, which no rule is part of: only the unguarded client has this.
                pub const fn sql(&self, text: &'static str) -> ::zmodel_runtime::raw::Sql<'_> {
                    ::zmodel_runtime::raw::Sql::new(&self.session, text)
                }
            }
        }
    }
}

impl Emit<'_> {
    /// What the client of a schema has that marks deleted rows.
    fn with_deleted(&self) -> Option<TokenStream> {
        self.schema.models.iter().any(|model| model.deleted.is_some()).then(|| {
            quote! {
                /// The same client, for which rows that are marked as deleted are there as well, under the same rules: it
                /// reads them, brings them along and counts them, and can change them. What rules say of related rows
                /// stays as it is: to a rule, a row that is deleted is not there.
                #[must_use]
                pub fn with_deleted(&self) -> Self {
                    Self { session: self.session.with_deleted(), guard: ::std::marker::PhantomData }
                }
            }
        })
    }

    /// `Db::new` and `Db::connect`.
    fn openings(&self) -> (TokenStream, TokenStream) {
        let needs = self.needs_provided();
        let (param, providing) = if needs {
            (quote!(, provided: Provided), quote!(.providing(provided.into())?))
        } else {
            (TokenStream::new(), TokenStream::new())
        };
        let schema = quote!(::std::borrow::Cow::Borrowed(&super::schema_table::SCHEMA));
        let connected = quote! {
            /// Connects to the database at `url`, such as `sqlite:blog.db`, `sqlite::memory:` or `postgresql://localhost/blog`.
            ///
            /// # Errors
            /// No driver of this build is meant by the URL, or the database cannot be reached.
            pub async fn connect(url: &str #param) -> ::zmodel_runtime::Result<Self> {
                let schema = #schema;
                let engine = ::zmodel_runtime::engine::Engine::connect(schema, url).await? #providing;
                ::std::result::Result::Ok(Self { engine })
            }
        };
        let opened = if needs {
            quote! {
                /// Uses a driver that was made elsewhere.
                ///
                /// # Errors
                /// What is provided does not fit the schema.
                pub fn new(
                    driver: impl ::zmodel_runtime::driver::Driver #param,
                ) -> ::zmodel_runtime::Result<Self> {
                    let schema = #schema;
                    let engine = ::zmodel_runtime::engine::Engine::new(schema, driver) #providing;
                    ::std::result::Result::Ok(Self { engine })
                }
            }
        } else {
            quote! {
                /// Uses a driver that was made elsewhere.
                #[must_use]
                pub fn new(driver: impl ::zmodel_runtime::driver::Driver) -> Self {
                    let schema = #schema;
                    Self { engine: ::zmodel_runtime::engine::Engine::new(schema, driver) }
                }
            }
        };
        (opened, connected)
    }
}

/// What every client can do, whichever models there are.
fn shared() -> TokenStream {
    quote! {
        /// Begins a transaction, when it is awaited: what is done through it is kept by its `commit`, and undone when
        /// it is dropped. Before that it can be told how isolated it is and how long it may take.
        pub const fn begin(&self) -> ::zmodel_runtime::transaction::Begin<'_, Self> {
            let client = |session| Self { session, guard: ::std::marker::PhantomData };
            ::zmodel_runtime::transaction::Begin::new(&self.session, client)
        }

        /// Does `work` in a transaction: all of it is kept if it ends well, and nothing otherwise.
        ///
        /// # Errors
        /// Those of `work`, and those of the database.
        pub async fn in_transaction<T, E, F>(
            &self,
            work: impl ::std::ops::FnOnce(Self) -> F,
        ) -> ::std::result::Result<T, E>
        where
            E: ::std::convert::From<::zmodel_runtime::Error>,
            F: ::std::future::Future<Output = ::std::result::Result<T, E>>,
            G: ::std::clone::Clone,
        {
            self.begin().run(work).await
        }

        /// Does `work` in a transaction, and does it again in a new one if somebody else's transaction was in the
        /// way, `retries` times at most. What `work` does outside of the database is done again as well.
        ///
        /// # Errors
        /// Those of the last attempt.
        pub async fn retry_in_transaction<T, E, F>(
            &self,
            retries: u32,
            work: impl ::std::ops::FnMut(Self) -> F,
        ) -> ::std::result::Result<T, E>
        where
            E: ::std::convert::From<::zmodel_runtime::Error>,
            F: ::std::future::Future<Output = ::std::result::Result<T, E>>,
            G: ::std::clone::Clone,
        {
            self.begin().retry(retries, work).await
        }

        /// Runs queries that are not awaited yet one after the other in one transaction, and gives what each gives: all of
        /// them are done or none. They are a tuple, or a `Vec` or an array of queries of one kind; see
        /// `zmodel_runtime::batch`.
        ///
        /// # Errors
        /// That of the first query that fails.
        pub async fn batch<B: ::zmodel_runtime::batch::Batch>(
            &self,
            queries: B,
        ) -> ::zmodel_runtime::Result<B::Out> {
            self.session.batch(queries).await
        }

        /// Calls an operation with JSON arguments in Prisma's shape, under the same rules: see
        /// `zmodel_runtime::json`.
        ///
        /// # Errors
        /// The arguments are wrong, or those of the operation.
        pub async fn call(
            &self,
            model: &str,
            operation: ::zmodel_runtime::json::Operation,
            args: &::zmodel_runtime::Json,
        ) -> ::zmodel_runtime::Result<::zmodel_runtime::Json> {
            self.session.call(model, operation, args).await
        }

        /// Makes calls with JSON arguments one after the other in one transaction: all of them are done or none.
        ///
        /// # Errors
        /// That of the first call that fails.
        pub async fn call_all(
            &self,
            requests: &[::zmodel_runtime::json::Request],
        ) -> ::zmodel_runtime::Result<::std::vec::Vec<::zmodel_runtime::Json>> {
            self.session.call_all(requests).await
        }
    }
}
