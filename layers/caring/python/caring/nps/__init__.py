"""Net promoter scores: asked for when an episode ends, kept with what they are about, summed up with their margin."""
