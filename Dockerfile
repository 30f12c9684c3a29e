# One image for web, worker and beat: `docker run plaza web`, `… worker`, `… beat`, `… migrate`.
FROM python:3.11-slim-bookworm AS build
WORKDIR /plaza
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install --no-cache-dir --no-deps --require-hashes --disable-pip-version-check -r requirements.txt
COPY . .
# Settings want to know where they run; nothing here is kept but the collected files.
RUN PLAZA_MODE=production SECRET_KEY=only-for-collecting-files PUBLIC_URL=https://build.invalid PLAZA_DATA=/tmp/plaza \
    /venv/bin/python manage.py collectstatic --no-input --verbosity 0 \
 && /venv/bin/python -m compileall -q config core accounts billing rooms chat

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin plaza \
 && mkdir /data && chown plaza:plaza /data
COPY --from=build /venv /venv
COPY --from=build /plaza /plaza
WORKDIR /plaza
USER plaza
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PLAZA_MODE=production PLAZA_DATA=/data PORT=8000
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
# exec form: the process gets the signals itself
ENTRYPOINT ["python", "manage.py"]
CMD ["web"]
