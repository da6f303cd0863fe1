# The demo app on the product's own image: the guest loads the layers of both only once.
FROM interlock/interlock:dev
COPY *.ts /app/
RUN printf '{"type":"module"}\n' > /app/package.json
ENV PORT=8080
# Seldom: in emulation a health check takes most of a second of one processor. Services ask more often while a task starts.
HEALTHCHECK --interval=60s --timeout=20s --start-period=120s \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/$PORT"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/app/app.ts"]
