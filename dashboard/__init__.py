"""What people see: a Streamlit client of the HTTP API, and of nothing else."""
