"""What a person looks at: the page and its API."""
