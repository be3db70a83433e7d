"""Points from a CSV file, `email,points`: read, checked as a whole, and only then booked. docs/csv.md tells the rules.

`reading` takes the file apart, `staging` copies its lines into the database, `checking` gives each a verdict, `applying`
books the good ones in batches, and `undoing` gives all of it back where one was refused and nobody asked for a part.
"""
