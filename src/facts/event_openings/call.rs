//! A call, as its record shows it.

use std::collections::BTreeMap;

use polars::prelude::{DataFrame, DataType, PolarsResult};
use serde_json::Value as Json;

use super::super::members::list;
use crate::ingest::formats::cloudtrail::unread;
use crate::schema::tables::CloudtrailEventsRow;
use crate::schema::{SOURCE_FILE_ID, SOURCE_RECORD};

/// Columns of the events catalogue that are read here: a constant for each, and the list of all.
macro_rules! parameters {
    ($($name:ident)*) => {
        #[allow(non_upper_case_globals, reason = "a constant has the name of the column that it names")]
        pub(super) mod parameter {
            $(pub(in crate::facts::event_openings) const $name: &str = stringify!($name);)*
        }

        /// Columns of the events catalogue that this table is made from.
        pub const PARAMETERS: &[&str] = &[$(parameter::$name),*];
    };
}

parameters! {
    request_parameters_name
    request_parameters_bucket_name
    request_parameters_policy
    request_parameters_policy_document
    request_parameters_policy_arn
    request_parameters_policy_reference
    request_parameters_version_id
    request_parameters_set_as_default
    request_parameters_user_name
    request_parameters_role_name
    request_parameters_group_name
    request_parameters_bucket_policy
    request_parameters_x_amz_acl
    request_parameters_x_amz_grant_full_control
    request_parameters_x_amz_grant_read
    request_parameters_x_amz_grant_read_acp
    request_parameters_x_amz_grant_write
    request_parameters_x_amz_grant_write_acp
    request_parameters_access_control_policy
    request_parameters_public_access_block_configuration
    request_parameters_principal
    request_parameters_action
    request_parameters_source_arn
    request_parameters_source_account
    request_parameters_principal_org_id
    request_parameters_auth_type
    request_parameters_account_ids_to_add
    request_parameters_create_volume_permission_add
    request_parameters_values_to_add
    response_elements_security_group_rule_set_items
    request_parameters_security_group_rule
    request_parameters_event_selectors
    request_parameters_attribute_name
    request_parameters_attribute_value
    request_parameters_aws_account_ids
    request_parameters_actions
    request_parameters_patch_operations
    request_parameters_vpc_options
    request_parameters_account
    request_parameters_principals
    request_parameters_allow_external_principals
    request_parameters_grantee_principal
    request_parameters_operations
}

/// Columns of every event that are read.
const COLUMNS: [&str; 5] = [
    CloudtrailEventsRow::event_name,
    CloudtrailEventsRow::event_source,
    CloudtrailEventsRow::account_id,
    CloudtrailEventsRow::aws_region,
    CloudtrailEventsRow::unread_values,
];

/// Columns that are read as texts.
pub(super) fn read_columns() -> impl Iterator<Item = &'static str> {
    COLUMNS.into_iter().chain(PARAMETERS.iter().copied())
}

/// A call, its columns by name.
pub(super) struct Call {
    pub(super) texts: BTreeMap<&'static str, String>,
    pub(super) time: Option<i64>,
    pub(super) file: String,
    pub(super) record: i64,
}

impl Call {
    pub(super) fn read(frame: &DataFrame) -> PolarsResult<Vec<Self>> {
        let mut columns = Vec::new();
        for name in read_columns() {
            columns.push((name, frame.column(name)?.str()?.clone()));
        }
        let (files, records) = (frame.column(SOURCE_FILE_ID)?.str()?.clone(), frame.column(SOURCE_RECORD)?.i64()?.clone());
        let times = frame.column(CloudtrailEventsRow::event_time)?.cast(&DataType::Int64)?.i64()?.clone();
        let call = |row: usize| Self {
            texts: columns.iter().filter_map(|(name, values)| Some((*name, values.get(row)?.to_owned()))).collect(),
            time: times.get(row),
            file: files.get(row).unwrap_or_default().to_owned(),
            record: records.get(row).unwrap_or_default(),
        };
        let mut calls: Vec<Self> = (0..frame.height()).map(call).collect();
        calls.sort_by(|a, b| (&a.file, a.record).cmp(&(&b.file, b.record)));
        Ok(calls)
    }

    pub(super) fn get(&self, name: &str) -> &str {
        self.texts.get(name).map_or("", String::as_str)
    }

    /// A parameter that is there; empty text counts as absent.
    pub(super) fn some(&self, name: &str) -> Option<&str> {
        Some(self.get(name)).filter(|text| !text.is_empty())
    }

    /// Parameters that were not kept or cannot be read, if any that is read here is among them.
    pub(super) fn unread(&self) -> Option<String> {
        let found = unread::read(self.some(CloudtrailEventsRow::unread_values)?);
        let read = found.iter().filter(|(name, _)| read_columns().any(|read| read == name.as_str()));
        let told: Vec<String> = read.map(|(name, why)| format!("{name}: {why}")).collect();
        (!told.is_empty()).then(|| told.join(", "))
    }

    pub(super) fn json(&self, name: &str) -> Option<Json> {
        serde_json::from_str(self.some(name)?).ok()
    }

    /// The texts of a list.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let value = self.json(name).unwrap_or_default();
        list(Some(&value)).iter().filter_map(Json::as_str).map(str::to_owned).collect()
    }

    /// A header, which records hold as a text or as a list of them.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        let Some(header) = self.some(name) else { return Vec::new() };
        match serde_json::from_str(header) {
            Ok(Json::Array(texts)) => texts.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
            Ok(Json::String(text)) => vec![text],
            _ => vec![header.to_owned()],
        }
    }

    pub(super) fn owner(&self) -> Option<String> {
        self.some(CloudtrailEventsRow::account_id).map(str::to_owned)
    }

    pub(super) fn bucket(&self) -> Option<String> {
        self.some(parameter::request_parameters_bucket_name).map(|name| format!("arn:{}:s3:::{name}", self.partition()))
    }

    pub(super) fn partition(&self) -> &'static str {
        match self.get(CloudtrailEventsRow::aws_region) {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }
}
