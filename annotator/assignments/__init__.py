"""Who is asked to label what: samples assigned to people, and who has which sample open."""
