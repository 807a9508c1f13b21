"""What runs beside a student's code: the warm parent, the sandbox, the runtime. It knows no check and no mark."""
