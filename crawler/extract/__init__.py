"""Pages and feeds -> values: encodings, trees, bodies, dates, languages. No network here."""
