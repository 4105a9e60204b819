"""The background door into the pipeline: processes, and job functions of one call each."""
