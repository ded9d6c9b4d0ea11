"""Every known difference: where an engine is known to differ, the claim's test is expected to fail.

`docs/datastore-differences.md` is drawn from this table (`python -m docs.datastore_differences`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tests.conformance.engines import Engine


class Right(StrEnum):
    CLAIM = "the claim"
    UNSETTLED = "not settled"


@dataclass(frozen=True)
class Deviation:
    """`tests` are `file` (all of them), `file::test` or `file::test[case]`.

    `source` is where the rule of the claim stands.
    """

    engine: Engine
    says: str
    source: str
    tests: tuple[str, ...]
    right: Right = Right.CLAIM


REFERENCE = "googleapis.dev/python/datastore: the reference text of google.datastore.v1"
QUERIES = "cloud.google.com/datastore/docs/concepts/queries"
INDEXES = "cloud.google.com/datastore/docs/concepts/indexes"
ENTITIES = "cloud.google.com/datastore/docs/concepts/entities"
LIMITS = "cloud.google.com/datastore/docs/concepts/limits"
TRANSACTIONS = "cloud.google.com/datastore/docs/concepts/transactions"
METADATA = "cloud.google.com/datastore/docs/concepts/metadataqueries"
SEVERAL_RANGES = "cloud.google.com/datastore/docs/multiple-range-fields"
AGGREGATIONS = "cloud.google.com/datastore/docs/aggregation-queries"
EXPLAIN = "cloud.google.com/datastore/docs/query-explain"
CONTENTION = "cloud.google.com/firestore/docs/transaction-data-contention"
CLIENT = "google-cloud-datastore, which receives at most 4 MiB in a message (gRPC's default)"
OTHERS = "the other engines agree"


def classic(says: str, source: str, *tests: str, right: Right = Right.CLAIM) -> Deviation:
    return Deviation(Engine.CLASSIC, says, source, tests, right)


def firestore(says: str, source: str, *tests: str, right: Right = Right.CLAIM) -> Deviation:
    return Deviation(Engine.FIRESTORE, says, source, tests, right)


def app_engine(says: str, source: str, *tests: str, right: Right = Right.CLAIM) -> Deviation:
    return Deviation(Engine.APP_ENGINE, says, source, tests, right)


def classics(says: str, source: str, *tests: str, right: Right = Right.CLAIM) -> tuple[Deviation, ...]:
    return tuple(build(says, source, *tests, right=right) for build in (classic, app_engine))


def googles(says: str, source: str, *tests: str, right: Right = Right.CLAIM) -> tuple[Deviation, ...]:
    return tuple(build(says, source, *tests, right=right) for build in (classic, firestore))


def all_of_googles(says: str, source: str, *tests: str, right: Right = Right.CLAIM) -> tuple[Deviation, ...]:
    return (*googles(says, source, *tests, right=right), app_engine(says, source, *tests, right=right))


DEVIATIONS: tuple[Deviation, ...] = (
    *classics(
        "It has no aggregations.",
        AGGREGATIONS,
        "test_aggregations.py",
        "test_disjunctions.py::test_an_or_is_counted_once",
    ),
    *classics("It ignores transforms without a word.", REFERENCE, "test_transforms.py"),
    *classics(
        "It has no OR.",
        QUERIES,
        "test_disjunctions.py::test_or_finds_what_fits_either_once",
        "test_disjunctions.py::test_or_goes_with_and",
        "test_disjunctions.py::test_an_or_inside_an_or_is_one_or",
        "test_disjunctions.py::test_an_or_of_ranges_is_sorted_by_them",
        "test_disjunctions.py::test_an_or_is_sorted_as_a_whole",
        "test_disjunctions.py::test_an_or_has_offset_limit_and_pages",
        "test_disjunctions.py::test_each_of_an_or_may_name_the_ancestor",
    ),
    *classics(
        "It has no IN, != and NOT_IN.",
        QUERIES,
        "test_disjunctions.py::test_in_is_an_or_of_equalities",
        "test_disjunctions.py::test_two_ins_are_multiplied",
        "test_disjunctions.py::test_keys_can_be_in_a_list",
        "test_disjunctions.py::test_not_equal_means_less_or_greater",
        "test_disjunctions.py::test_not_in_leaves_out_all_of_them",
        "test_disjunctions.py::test_in_takes_thirty_values",
        "test_disjunctions.py::test_a_query_is_at_most_thirty_alternatives",
        "test_arrays.py::test_an_array_in_a_list_is_found_once",
        "test_arrays.py::test_not_equal_is_met_by_any_other_value",
    ),
    *classics(
        "Inequalities are on one property, which is the first order.",
        SEVERAL_RANGES,
        "test_filters.py::test_bounds_may_be_on_several_properties",
        "test_filters.py::test_an_order_by_key_goes_with_a_bound_elsewhere",
        "test_filters.py::test_the_first_order_need_not_be_the_property_with_the_bound",
        "test_filters.py::test_without_order_several_bounds_sort_by_property_name",
        "test_filters.py::test_a_bound_on_the_key_goes_with_one_on_a_property",
    ),
    *classics(
        "It ignores the mask of a lookup or query.",
        REFERENCE,
        "test_lookups.py::test_a_mask_returns_only_the_properties_it_names",
        "test_lookups.py::test_a_mask_of_the_key_alone_returns_no_property",
        "test_projections.py::test_a_mask_on_a_query_returns_only_the_properties_it_names",
        "test_projections.py::test_a_projection_has_no_mask",
    ),
    *classics(
        "It ignores the mask of a write and overwrites the whole entity.",
        REFERENCE,
        "test_commits.py::test_a_mask_writes_what_it_names_and_keeps_the_rest",
        "test_commits.py::test_a_mask_reaches_into_embedded_entities",
    ),
    *classics(
        "It knows no create and update times.",
        REFERENCE,
        "test_lookups.py::test_a_result_tells_its_version_and_times",
        "test_commits.py::test_a_result_tells_the_times_of_its_entity",
        "test_commits.py::test_an_entity_that_comes_back_is_created_anew",
        "test_conflicts.py::test_an_update_time_is_a_condition_too",
    ),
    *classics(
        "It ignores read_time and reads the present.",
        REFERENCE,
        "test_lookups.py::test_a_lookup_at_a_read_time_sees_the_past",
        "test_transactions.py::test_a_read_only_transaction_may_look_at_the_past",
    ),
    *classics(
        "In a transaction every query needs an ancestor.",
        TRANSACTIONS,
        "test_transactions.py::test_a_query_in_a_transaction_needs_no_ancestor",
        "test_transactions.py::test_a_query_may_begin_a_transaction",
        "test_transactions.py::test_a_transaction_does_not_see_its_own_writes",
        "test_transactions.py::test_a_transaction_reads_one_moment",
        "test_transactions.py::test_what_a_query_has_seen_does_not_grow",
    ),
    *classics(
        "It is optimistic: the write from outside succeeds, and the transaction is aborted.",
        CONTENTION,
        "test_transactions.py::test_no_write_comes_between_a_read_and_the_commit",
        "test_transactions.py::test_what_was_missing_is_still_missing_at_the_commit",
    ),
    *classics(
        "A read-only transaction sees the moment of its first read.",
        TRANSACTIONS,
        "test_transactions.py::test_a_read_only_transaction_sees_the_moment_it_began",
    ),
    classic(
        "Bytes that are no transaction's id are answered with UNKNOWN.",
        OTHERS,
        "test_transactions.py::test_a_transaction_that_never_was_is_refused",
    ),
    classic(
        "An insert after an upsert is answered with ALREADY_EXISTS.",
        REFERENCE,
        "test_commits.py::test_in_a_transaction_some_mutations_may_not_follow_others",
    ),
    *classics(
        "Queries see the entities of other databases.",
        REFERENCE,
        "test_partitions.py::test_databases_keep_entities_apart",
    ),
    classic(
        "Names in keys sort by UTF-16: beyond U+FFFF they come before U+E000 to U+FFFF.",
        f"{QUERIES}; in values it sorts by UTF-8 itself",
        "test_keys.py::test_keys_sort_by_kind_then_ids_before_names_and_parents_before_children",
    ),
    *classics(
        "The last batch always says MORE_RESULTS_AFTER_LIMIT.",
        REFERENCE,
        "test_pages.py::test_a_batch_tells_that_nothing_follows",
        "test_pages.py::test_what_lies_behind_an_end_cursor_is_said",
    ),
    classic(
        "It has no limit on the size of an entity and of its index entries.",
        LIMITS,
        "test_limits.py::test_an_unindexed_string_has_at_most_a_megabyte",
        "test_limits.py::test_an_entity_has_at_most_a_megabyte",
        "test_limits.py::test_an_entity_has_at_most_20_000_index_entries",
    ),
    *googles(
        "A request of more than 4 MiB is refused.",
        LIMITS,
        "test_limits.py::test_a_request_has_at_most_ten_mebibytes",
    ),
    *googles(
        "Lookups and queries answer everything at once, which above 4 MiB the client cannot receive.",
        CLIENT,
        "test_lookups.py::test_large_entities_are_deferred_and_asked_for_again",
        "test_pages.py::test_large_results_arrive_complete",
    ),
    *all_of_googles(
        "It does not explain.",
        EXPLAIN,
        "test_explain.py::test_a_plan_alone_has_no_results",
        "test_explain.py::test_an_analysis_has_results_and_what_they_cost",
        "test_explain.py::test_the_client_tells_the_metrics_after_the_results",
        "test_explain.py::test_an_aggregation_is_explained_too",
    ),
    *all_of_googles(
        "It needs no composite index (the classic ones make it by themselves).",
        f"{INDEXES}; the sentence stands in oppia/oppia#23789",
        "test_filters.py::test_a_query_without_its_composite_index_is_refused",
    ),
    *all_of_googles(
        "Two conditions on one entity in a commit are accepted.",
        REFERENCE,
        "test_conflicts.py::test_an_entity_has_one_condition_in_a_commit",
        right=Right.UNSETTLED,
    ),
    firestore(
        "An entity appears once for every value of an array, not once.",
        QUERIES,
        "test_arrays.py::test_an_array_appears_once_in_an_order",
        "test_arrays.py::test_an_array_appears_once_in_a_range",
        "test_arrays.py::test_an_array_appears_on_one_page_alone",
        "test_arrays.py::test_not_equal_is_met_by_any_other_value",
    ),
    firestore(
        "A count over an array's property counts its index rows.",
        AGGREGATIONS,
        "test_aggregations.py::test_an_array_is_counted_once",
    ),
    firestore(
        "An empty array is not indexed at all.",
        f"{OTHERS}, and so does the App Engine SDK's own Datastore",
        "test_arrays.py::test_an_empty_array_is_indexed_as_null",
        "test_projections.py::test_an_array_is_projected_once_for_each_of_its_values",
    ),
    firestore(
        "Of equal values after a descending order the highest key comes first.",
        f"{OTHERS}, and so does the App Engine SDK's own Datastore; name the tie-break",
        "test_order.py::test_after_a_descending_order_the_key_still_ascends",
        right=Right.UNSETTLED,
    ),
    firestore(
        "Embedded entities in an array are not indexed.",
        ENTITIES,
        "test_filters.py::test_parts_of_an_embedded_entity_have_dotted_names",
    ),
    firestore(
        "An embedded entity that is left out of indexes is indexed.",
        ENTITIES,
        "test_filters.py::test_an_unindexed_embedded_entity_hides_its_parts",
    ),
    firestore(
        "A mutation that conflicts is applied, and no conflict is told, unless the strategy is FAIL.",
        REFERENCE,
        "test_conflicts.py::test_unless_told_to_fail_the_server_keeps_its_value",
    ),
    firestore(
        "A missing entity has version 0.",
        REFERENCE,
        "test_lookups.py::test_a_missing_result_tells_a_version",
    ),
    firestore(
        "Eventual consistency is refused.",
        REFERENCE,
        "test_lookups.py::test_an_eventual_lookup_is_answered",
    ),
    firestore(
        "It tells how much it has skipped, but no cursor for where it has arrived.",
        REFERENCE,
        "test_pages.py::test_a_batch_tells_what_it_has_skipped",
    ),
    firestore(
        "It says NO_MORE_RESULTS at an end cursor whatever follows.",
        REFERENCE,
        "test_pages.py::test_what_lies_behind_an_end_cursor_is_said",
    ),
    firestore(
        "Without a kind a projection is accepted.",
        OTHERS,
        "test_projections.py::test_without_kind_nothing_can_be_projected",
    ),
    firestore(
        "The refusal of a projection with an equality has another wording.",
        OTHERS,
        "test_projections.py::test_a_property_cannot_be_projected_and_equal",
        right=Right.UNSETTLED,
    ),
    firestore(
        "A query of no aggregation is answered with UNKNOWN.",
        f"{REFERENCE}: 1 to 5 aggregations",
        "test_aggregations.py::test_one_to_five_aggregations_are_allowed",
    ),
    firestore(
        "It has no metadata queries.",
        METADATA,
        "test_partitions.py::test_the_namespaces_can_be_asked_for",
        "test_partitions.py::test_a_range_of_namespaces_can_be_asked_for",
        "test_partitions.py::test_the_kinds_of_a_namespace_can_be_asked_for",
        "test_partitions.py::test_the_properties_of_kinds_can_be_asked_for",
        "test_partitions.py::test_the_properties_of_one_kind_tell_their_representations",
        "test_partitions.py::test_only_indexed_properties_are_told",
        "test_partitions.py::test_a_kind_without_entities_is_not_told",
    ),
    firestore(
        "The empty commit of a read-only transaction, with which the client ends its block, is refused.",
        "google-cloud-datastore, which sends it",
        "test_transactions.py::test_a_read_only_transaction_ends_with_a_commit_of_nothing",
    ),
    firestore(
        "The commit of a transaction that a lookup has begun waits for that lookup's lock, and is aborted.",
        TRANSACTIONS,
        "test_transactions.py::test_a_transaction_that_begins_late_learns_its_id_from_its_first_read",
    ),
    firestore(
        "It has no limit on the transforms of an entity.",
        LIMITS,
        "test_transforms.py::test_an_entity_has_at_most_500_transforms_in_a_commit",
        "test_transforms.py::test_each_element_for_an_array_counts_as_a_transform",
    ),
    firestore(
        "5,000 index entries are the limit.",
        LIMITS,
        "test_limits.py::test_an_entity_has_at_most_20_000_index_entries",
    ),
    app_engine(
        "What is malformed, or an operator that it lacks, is answered with UNKNOWN.",
        OTHERS,
        "test_commits.py::test_a_mutation_does_something",
        "test_disjunctions.py::test_an_empty_list_is_refused",
        "test_disjunctions.py::test_not_in_takes_ten_values",
        "test_disjunctions.py::test_only_one_not_equal_or_not_in",
        "test_filters.py::test_a_filter_needs_property_operator_and_value",
        "test_keys.py::test_what_no_key_may_be_is_refused[no path]",
    ),
    app_engine(
        "An insert of what exists and an update of what does not are answered with INVALID_ARGUMENT.",
        REFERENCE,
        "test_commits.py::test_an_insert_needs_that_there_is_nothing",
        "test_commits.py::test_an_update_needs_that_there_is_something",
        "test_commits.py::test_all_or_nothing_in_a_transaction",
        "test_commits.py::test_outside_of_a_transaction_what_came_before_a_failure_stays",
        "test_transactions.py::test_a_transaction_whose_commit_failed_wrote_nothing",
    ),
    app_engine(
        "The refusal of a transactional commit without a transaction has another wording.",
        OTHERS,
        "test_commits.py::test_a_transactional_commit_needs_a_transaction",
        right=Right.UNSETTLED,
    ),
    app_engine(
        "It ignores the mask of a new entity, too.",
        REFERENCE,
        "test_commits.py::test_a_mask_on_a_new_entity_writes_only_what_it_names",
    ),
    app_engine(
        "It knows no strategy for conflicts: the server keeps its value, and no commit fails.",
        REFERENCE,
        "test_conflicts.py::test_with_another_version_the_commit_fails",
        "test_conflicts.py::test_one_failure_fails_the_whole_transaction",
        "test_conflicts.py::test_a_deletion_may_be_conditional",
        "test_conflicts.py::test_a_version_does_not_fit_what_is_gone",
        "test_conflicts.py::test_a_strategy_needs_a_condition",
    ),
    app_engine(
        "An embedded entity is refused unless it is left out of indexes.",
        ENTITIES,
        "test_filters.py::test_parts_of_an_embedded_entity_have_dotted_names",
        "test_limits.py::test_entities_are_nested_at_most_20_deep",
        "test_lookups.py::test_an_entity_inside_an_entity_comes_back",
    ),
    app_engine(
        "A cursor in a range of arrays is refused.",
        OTHERS,
        "test_arrays.py::test_an_array_appears_on_one_page_alone",
    ),
    app_engine(
        "It reserves no ids.",
        REFERENCE,
        "test_keys.py::test_ids_can_be_reserved",
        "test_keys.py::test_an_incomplete_key_cannot_be_reserved",
    ),
    app_engine(
        "It does not compare a key's project and database with the request's (it is told to trust projects).",
        OTHERS,
        "test_keys.py::test_another_project_in_a_key_is_refused",
        "test_keys.py::test_the_name_of_the_default_database_is_empty",
        "test_partitions.py::test_a_key_of_another_database_is_refused",
    ),
    app_engine(
        "Names and indexed strings have at most 500 characters, as they once had.",
        LIMITS,
        "test_keys.py::test_a_name_may_be_anything_up_to_1500_bytes[name0]",
        "test_keys.py::test_a_name_may_be_anything_up_to_1500_bytes[name1]",
        "test_limits.py::test_a_property_name_may_be_anything_else[name0]",
        "test_limits.py::test_an_indexed_string_has_at_most_1500_bytes",
    ),
    app_engine(
        "A request has at most 1 MiB; more is answered with UNKNOWN.",
        LIMITS,
        "test_limits.py::test_an_unindexed_string_has_at_most_a_megabyte",
        "test_limits.py::test_an_entity_has_at_most_a_megabyte",
        "test_limits.py::test_a_request_has_at_most_ten_mebibytes",
    ),
    app_engine(
        "It has no limit on the index entries of an entity.",
        LIMITS,
        "test_limits.py::test_an_entity_has_at_most_20_000_index_entries",
    ),
    app_engine(
        "A value without a type is accepted.",
        OTHERS,
        "test_limits.py::test_a_value_has_a_type",
    ),
    app_engine(
        "A negative limit or offset is accepted.",
        OTHERS,
        "test_pages.py::test_a_negative_limit_or_offset_is_refused",
    ),
    app_engine(
        "Queries answer everything at once, which above 4 MiB the client cannot receive.",
        CLIENT,
        "test_pages.py::test_large_results_arrive_complete",
    ),
)
