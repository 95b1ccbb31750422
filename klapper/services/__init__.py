"""Use cases. They join stores inside one transaction and know ports, not libraries."""
