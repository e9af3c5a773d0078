"""The stores of the service in SQL; `service.bootstrap` picks and joins them."""
