"""The values that go from stage to stage; nothing here imports a stage."""
