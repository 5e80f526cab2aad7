"""What tuning does on local Vertex: a text-to-text learner that is fitted on the training file and nothing else."""
