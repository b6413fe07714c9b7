"""The chapters of a book; each turns what was found out into a piece of HTML."""
