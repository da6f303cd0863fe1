# The product's image with the patience that emulation needs: everything takes ten times as long here, a health check most of a second.
FROM interlock/interlock:dev
HEALTHCHECK --interval=10s --timeout=30s --start-period=300s --retries=5 CMD ["interlock-healthy"]
