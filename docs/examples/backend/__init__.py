"""A small backend that shows dossiers, and asks `kg_access` before it shows anything."""
