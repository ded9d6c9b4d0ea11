"""The rules of the quiz and the entities they are kept in. Knows no Flask and no Pub/Sub."""
