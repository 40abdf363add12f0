"""The runs of a worker on an import's file: `reading` it for the preview, and `saving` it; each under a claim."""
