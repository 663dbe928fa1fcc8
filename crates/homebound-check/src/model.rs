//! The program as a whole: what names mean, what objects are, who calls whom on which thread.

pub(crate) mod code;
pub(crate) mod hierarchy;
pub(crate) mod imports;
pub(crate) mod infer;
pub(crate) mod project;
pub(crate) mod threads;
pub(crate) mod types;
mod unused;
pub(crate) mod wiring;

pub(crate) use infer::Infer;
pub(crate) use project::{File, FileId, Project, parsed};
pub(crate) use types::{Class, ClassRef, ExprRef, FuncRef, Ty, Types};
