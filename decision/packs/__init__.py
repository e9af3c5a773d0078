"""The domain packs, one folder each; they know nothing of each other and the engine knows none of them."""
