"""From a decision to an enforced one: marks on endpoints, and the enforcement point that reads them."""
