//! Lists of rows that are resolved in one go.
//!
//! A page holds tens of thousands of fields. The library makes a future of each; here fields
//! that are plain values are written down at once, and only the others take that way.

use std::borrow::Cow;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{Field, Selection, SelectionSet};
use async_graphql::registry::Registry;
use async_graphql::{
    ContainerType, ContextSelectionSet, Name, OutputType, Positioned, ServerResult, Value,
};

use super::Request;

/// Something a connection lists.
pub(crate) trait Row: OutputType + ContainerType + Clone {
    /// Value of a field that needs no arguments and no more than this row; none for others.
    fn plain(&self, field: &Field, request: &Request) -> Option<Value>;
}

/// `[Row]`.
pub(crate) struct Rows<T>(pub(crate) Vec<T>);

impl<T: Row> OutputType for Rows<T> {
    fn type_name() -> Cow<'static, str> {
        <Vec<Option<T>> as OutputType>::type_name()
    }

    fn qualified_type_name() -> String {
        <Vec<Option<T>> as OutputType>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <Vec<Option<T>> as OutputType>::create_type_info(registry)
    }

    async fn resolve(
        &self,
        context: &ContextSelectionSet<'_>,
        _: &Positioned<Field>,
    ) -> ServerResult<Value> {
        let mut list = Vec::with_capacity(self.0.len());
        for (index, row) in self.0.iter().enumerate() {
            let context = context.with_index(index);
            let mut object = IndexMap::with_capacity(context.item.node.items.len());
            write(&context, row, &context.item.node, &mut object).await?;
            list.push(Value::Object(object));
        }
        Ok(Value::List(list))
    }
}

/// Writes what a selection selects of a row.
async fn write<T: Row>(
    context: &ContextSelectionSet<'_>,
    row: &T,
    selection: &SelectionSet,
    object: &mut IndexMap<Name, Value>,
) -> ServerResult<()> {
    for selection in &selection.items {
        let within = match &selection.node {
            Selection::Field(field) => {
                let key = field.node.response_key().node.clone();
                let request = context.data_unchecked::<Request>();
                let value = match row.plain(&field.node, request) {
                    Some(value) => value,
                    None if field.node.name.node == "__typename" => {
                        Value::String(T::type_name().into_owned())
                    }
                    None => match row.resolve_field(&context.with_field(field)).await {
                        Ok(value) => value.unwrap_or_default(),
                        Err(error) => {
                            context.add_error(error);
                            Value::Null
                        }
                    },
                };
                merge(object, key, value);
                continue;
            }
            Selection::FragmentSpread(spread) => {
                let fragments = &context.query_env.fragments;
                let Some(fragment) = fragments.get(&spread.node.fragment_name.node) else {
                    continue;
                };
                (
                    Some(&fragment.node.type_condition),
                    &fragment.node.selection_set,
                )
            }
            Selection::InlineFragment(fragment) => (
                fragment.node.type_condition.as_ref(),
                &fragment.node.selection_set,
            ),
        };
        let (condition, selection) = within;
        if condition.is_none_or(|condition| *condition.node.on.node == *T::type_name()) {
            Box::pin(write(context, row, &selection.node, object)).await?;
        }
    }
    Ok(())
}

/// Sets a key; objects selected twice become one.
fn merge(object: &mut IndexMap<Name, Value>, key: Name, value: Value) {
    match (object.get_mut(&key), value) {
        (Some(Value::Object(known)), Value::Object(more)) => {
            for (key, value) in more {
                merge(known, key, value);
            }
        }
        (_, value) => {
            object.insert(key, value);
        }
    }
}

/// An object of plain fields, if nothing else is selected; `value` gives each or none.
pub(crate) fn object(field: &Field, value: impl Fn(&str) -> Option<Value>) -> Option<Value> {
    let mut object = IndexMap::new();
    for selection in &field.selection_set.node.items {
        let Selection::Field(field) = &selection.node else {
            return None;
        };
        object.insert(
            field.node.response_key().node.clone(),
            value(&field.node.name.node)?,
        );
    }
    Some(Value::Object(object))
}

/// A text.
pub(crate) fn text(text: impl Into<String>) -> Value {
    Value::String(text.into())
}

/// A value, or null.
pub(crate) fn or_null<T>(value: Option<T>, write: impl FnOnce(T) -> Value) -> Value {
    value.map_or(Value::Null, write)
}

/// A number with fractions.
pub(crate) fn float(number: f64) -> Value {
    async_graphql::Number::from_f64(number).map_or(Value::Null, Value::Number)
}
